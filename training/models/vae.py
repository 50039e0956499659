"""Wan-VAE in PyTorch: a causal 3D autoencoder, whole clip at once.

Key names are those of the official Wan 2.1 checkpoint, so exported weights load in any
Wan reader. Frames are [B, 3, F, H, W] in [-1, 1] with F = 4n + 1; latents are
[B, zDim, n + 1, H/8, W/8]. A whole-clip pass here equals the streaming pass of the
engine: the first frame stays alone, every later group of four becomes one latent frame.
"""

import itertools
from dataclasses import dataclass, field

import torch
import torch.nn as nn
import torch.nn.functional as F


def channels_last(module):
    """The memory layout that convolutions on a CPU like best."""
    for p in module.parameters():
        if p.ndim >= 4 and p.shape[-1] > 1:
            layout = torch.channels_last_3d if p.ndim == 5 else torch.channels_last
            p.data = p.data.contiguous(memory_format=layout)
    return module


@dataclass
class VaeConfig:
    dim: int = 16
    z_dim: int = 16
    dim_mult: tuple = (1, 2, 4, 4)
    num_res_blocks: int = 1
    temporal_downsample: tuple = (False, True, True)
    mean: list = field(default_factory=list)
    std: list = field(default_factory=list)


class CausalConv3d(nn.Conv3d):
    """Pads time on the left only, so no output sees a later frame."""

    def __init__(self, cin, cout, kernel, stride=1, pad_time=True):
        super().__init__(cin, cout, kernel, stride)
        k = self.kernel_size
        self.pad_time = k[0] - 1 if pad_time else 0
        self.pad_space = (k[1] // 2, k[2] // 2)

    def forward(self, x):
        if self.pad_time == 2 and x.shape[2] == 1 and self.stride[0] == 1:
            # A single frame only ever meets the last temporal slice: a 2D convolution.
            y = F.conv2d(x[:, :, 0], self.weight[:, :, -1], self.bias, padding=self.pad_space)
            return y.unsqueeze(2)
        # torch pads both ends of time; the surplus at the right end is cut off.
        y = F.conv3d(x, self.weight, self.bias, self.stride, (self.pad_time, *self.pad_space))
        return y[:, :, : x.shape[2]] if self.pad_time else y


class RmsNorm(nn.Module):
    """x / ||x||_2 over channels, times sqrt(C) * gamma."""

    def __init__(self, dim, image=False):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim, 1, 1) if image else torch.ones(dim, 1, 1, 1))
        self.scale = dim**0.5

    def forward(self, x):
        norm = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=torch.float32)
        inverse = (self.scale / norm.clamp_min(1e-12)).to(x.dtype)
        return x * inverse * self.gamma.to(x.dtype)


class ResidualBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.residual = nn.Sequential(
            RmsNorm(cin),
            nn.SiLU(),
            CausalConv3d(cin, cout, 3),
            RmsNorm(cout),
            nn.SiLU(),
            nn.Identity(),
            CausalConv3d(cout, cout, 3),
        )
        self.shortcut = CausalConv3d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        return self.shortcut(x) + self.residual(x)


class AttentionBlock(nn.Module):
    """Single-head attention over the positions of each frame on its own."""

    def __init__(self, dim):
        super().__init__()
        self.norm = RmsNorm(dim, image=True)
        self.to_qkv = nn.Conv2d(dim, dim * 3, 1)
        self.proj = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        b, c, t, h, w = x.shape
        y = self.norm(x.transpose(1, 2).reshape(b * t, c, h, w))
        q, k, v = self.to_qkv(y).flatten(2).transpose(1, 2).chunk(3, dim=-1)
        y = F.scaled_dot_product_attention(q.contiguous(), k.contiguous(), v.contiguous())
        y = self.proj(y.transpose(1, 2).reshape(b * t, c, h, w))
        return x + y.reshape(b, t, c, h, w).transpose(1, 2)


def per_frame(op, x):
    """Applies a 2D operation to every frame."""
    b, c, t, h, w = x.shape
    y = op(x.transpose(1, 2).reshape(b * t, c, h, w))
    return y.reshape(b, t, *y.shape[1:]).transpose(1, 2)


class Downsample(nn.Module):
    def __init__(self, dim, temporal):
        super().__init__()
        self.resample = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(dim, dim, 3, stride=2))
        if temporal:
            self.time_conv = CausalConv3d(dim, dim, (3, 1, 1), (2, 1, 1), pad_time=False)

    def forward(self, x):
        x = per_frame(self.resample, x)
        if hasattr(self, "time_conv") and x.shape[2] > 1:
            x = torch.cat([x[:, :, :1], self.time_conv(x)], dim=2)
        return x


class Upsample(nn.Module):
    def __init__(self, dim, temporal):
        super().__init__()
        self.resample = nn.Sequential(
            nn.Upsample(scale_factor=2.0, mode="nearest-exact"), nn.Conv2d(dim, dim // 2, 3, padding=1)
        )
        if temporal:
            self.time_conv = CausalConv3d(dim, dim * 2, (3, 1, 1))

    def forward(self, x):
        b, c, t, h, w = x.shape
        if hasattr(self, "time_conv") and t > 1:
            # The first latent frame is neither doubled nor seen by the convolution.
            y = self.time_conv(x[:, :, 1:]).reshape(b, 2, c, t - 1, h, w)
            y = y.permute(0, 2, 3, 1, 4, 5).reshape(b, c, 2 * (t - 1), h, w)
            x = torch.cat([x[:, :, :1], y], dim=2)
        return per_frame(self.resample, x)


def middle(dim):
    return nn.Sequential(ResidualBlock(dim, dim), AttentionBlock(dim), ResidualBlock(dim, dim))


class Encoder(nn.Module):
    def __init__(self, c: VaeConfig):
        super().__init__()
        dims = [c.dim * m for m in (1, *c.dim_mult)]
        self.conv1 = CausalConv3d(3, dims[0], 3)
        layers = []
        for i, (cin, cout) in enumerate(itertools.pairwise(dims)):
            for _ in range(c.num_res_blocks):
                layers.append(ResidualBlock(cin, cout))
                cin = cout
            if i < len(c.dim_mult) - 1:
                layers.append(Downsample(cout, c.temporal_downsample[i]))
        self.downsamples = nn.Sequential(*layers)
        self.middle = middle(dims[-1])
        self.head = nn.Sequential(RmsNorm(dims[-1]), nn.SiLU(), CausalConv3d(dims[-1], c.z_dim * 2, 3))

    def forward(self, x):
        return self.head(self.middle(self.downsamples(self.conv1(x))))


class Decoder(nn.Module):
    def __init__(self, c: VaeConfig):
        super().__init__()
        dims = [c.dim * m for m in (c.dim_mult[-1], *reversed(c.dim_mult))]
        temporal = tuple(reversed(c.temporal_downsample))
        self.conv1 = CausalConv3d(c.z_dim, dims[0], 3)
        self.middle = middle(dims[0])
        layers = []
        for i, (cin, cout) in enumerate(itertools.pairwise(dims)):
            cin = cin if i == 0 else cin // 2  # the upsampler before it halved the channels
            for _ in range(c.num_res_blocks + 1):
                layers.append(ResidualBlock(cin, cout))
                cin = cout
            if i < len(c.dim_mult) - 1:
                layers.append(Upsample(cout, temporal[i]))
        self.upsamples = nn.Sequential(*layers)
        self.head = nn.Sequential(RmsNorm(dims[-1]), nn.SiLU(), CausalConv3d(dims[-1], 3, 3))

    def forward(self, z):
        return self.head(self.upsamples(self.middle(self.conv1(z))))


class WanVae(nn.Module):
    def __init__(self, config: VaeConfig):
        super().__init__()
        self.config = config
        z = config.z_dim
        self.encoder = Encoder(config)
        self.conv1 = CausalConv3d(2 * z, 2 * z, 1)
        self.conv2 = CausalConv3d(z, z, 1)
        self.decoder = Decoder(config)

    def _statistics(self, like):
        shape = (1, -1, 1, 1, 1)
        mean = torch.tensor(self.config.mean or [0.0] * self.config.z_dim, device=like.device)
        std = torch.tensor(self.config.std or [1.0] * self.config.z_dim, device=like.device)
        return mean.view(shape), std.view(shape)

    def encode_moments(self, x):
        """Raw (un-normalised) posterior mean and log-variance."""
        mu, logvar = self.conv1(self.encoder(x)).float().chunk(2, dim=1)
        return mu, logvar.clamp(-30.0, 20.0)

    def decode_raw(self, z):
        return self.decoder(self.conv2(z)).float()

    def encode(self, x):
        """Frames to normalised latents: what the DiT sees."""
        mean, std = self._statistics(x)
        return (self.encode_moments(x)[0] - mean) / std

    def decode(self, z):
        mean, std = self._statistics(z)
        return self.decode_raw(z * std + mean)
