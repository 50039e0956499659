"""The Wan 2.1 text-to-video diffusion transformer, with Wan's key names.

A batched forward: latents [B, C, T, H, W], timestep [B] or [B, T] in [0, 1000], context
[B, n, textDim] (zero rows where there is no token) -> velocity [B, C, T, H, W]. Frames may
also come in chunks after a past of keys and values (`remember`).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class DitConfig:
    dim: int = 256
    ffn_dim: int = 768
    num_heads: int = 2
    num_layers: int = 6
    in_dim: int = 16
    out_dim: int = 16
    patch_size: tuple = (1, 2, 2)
    text_dim: int = 128
    text_len: int = 64
    freq_dim: int = 256
    eps: float = 1e-6


def sinusoid(timestep, dim):
    """cos first, then sin, computed in f64."""
    half = dim // 2
    rate = torch.pow(10000.0, -torch.arange(half, dtype=torch.float64, device=timestep.device) / half)
    angle = timestep.double()[:, None] * rate
    return torch.cat([angle.cos(), angle.sin()], dim=1).float()


@lru_cache(maxsize=16)
def rope_table(grid, head_dim):
    """cos, sin [T*H*W, head_dim/2] for positions (t, h, w), computed in f64."""
    side = 2 * (head_dim // 6)
    angles = []
    for axis, width in enumerate((head_dim - 2 * side, side, side)):
        rate = torch.pow(10000.0, -torch.arange(0, width, 2, dtype=torch.float64) / width)
        shape = [1, 1, 1, -1]
        shape[axis] = grid[axis]
        a = torch.arange(grid[axis], dtype=torch.float64)[:, None] * rate
        angles.append(a.view(shape).expand(*grid, -1))
    angle = torch.cat(angles, dim=-1).reshape(-1, head_dim // 2)
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    """x [B, L, N, d]: each adjacent pair of channels turns by its angle."""
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = cos[:, None, :], sin[:, None, :]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


class WanRmsNorm(nn.Module):
    """Over all `dim` channels, before the split into heads."""

    def __init__(self, dim, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        return F.rms_norm(x.float(), (x.shape[-1],), self.weight, self.eps)


def attend(q, k, v, bias):
    """Softmax attention; written out on a CPU, whose fused backward pass is slow at these lengths."""
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, None if bias is None else bias.to(q.dtype))
    scores = (q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)).float()
    scores = scores if bias is None else scores + bias
    return scores.softmax(-1).to(v.dtype) @ v


class Attention(nn.Module):
    def __init__(self, c: DitConfig):
        super().__init__()
        self.num_heads = c.num_heads
        self.q = nn.Linear(c.dim, c.dim)
        self.k = nn.Linear(c.dim, c.dim)
        self.v = nn.Linear(c.dim, c.dim)
        self.o = nn.Linear(c.dim, c.dim)
        self.norm_q = WanRmsNorm(c.dim, c.eps)
        self.norm_k = WanRmsNorm(c.dim, c.eps)

    def forward(self, x, context=None, rope=None, bias=None, past=None):
        """Returns the output, and the keys (before RoPE) and values [B, L, N, d] it attended to.

        `rope` covers the past and x; `past` holds the keys and values of earlier frames.
        """
        source = x if context is None else context
        heads = (self.num_heads, -1)
        q = self.norm_q(self.q(x)).unflatten(-1, heads)
        k = self.norm_k(self.k(source)).unflatten(-1, heads)
        v = self.v(source).unflatten(-1, heads)
        if past is not None:
            k, v = torch.cat([past[0], k], dim=1), torch.cat([past[1], v], dim=1)
        seen = (k, v)
        if rope is not None:
            q, k = rotate(q, *(r[-q.shape[1] :] for r in rope)), rotate(k, *rope)
        q, k, v = (t.transpose(1, 2).to(v.dtype) for t in (q, k, v))
        y = attend(q, k, v, bias)
        return self.o(y.transpose(1, 2).flatten(2)), seen


def modulate(x, shift, scale):
    """x [B, L, D] times 1 + scale, plus shift; both [B, R, 1, D], a row for L / R tokens."""
    return (x.unflatten(1, (shift.shape[1], -1)) * (1 + scale) + shift).flatten(1, 2)


def gated(y, gate):
    """y [B, L, D] times gate [B, R, 1, D]."""
    return (y.unflatten(1, (gate.shape[1], -1)) * gate).flatten(1, 2)


class Block(nn.Module):
    def __init__(self, c: DitConfig):
        super().__init__()
        self.norm1 = nn.LayerNorm(c.dim, c.eps, elementwise_affine=False)
        self.self_attn = Attention(c)
        self.norm3 = nn.LayerNorm(c.dim, c.eps)
        self.cross_attn = Attention(c)
        self.norm2 = nn.LayerNorm(c.dim, c.eps, elementwise_affine=False)
        self.ffn = nn.Sequential(
            nn.Linear(c.dim, c.ffn_dim), nn.GELU(approximate="tanh"), nn.Linear(c.ffn_dim, c.dim)
        )
        self.modulation = nn.Parameter(torch.randn(1, 6, c.dim) / c.dim**0.5)

    def forward(self, x, e, context, rope, bias=None, mask=None, past=None):
        """x [B, L, D] f32, e [B, R, 6, D] f32; returns x, and the keys and values of its self-attention.

        `bias` is added to the logits of the context, `mask` to those of x itself.
        """
        shift1, scale1, gate1, shift2, scale2, gate2 = (self.modulation + e).split(1, dim=2)
        y, seen = self.self_attn(modulate(self.norm1(x), shift1, scale1), None, rope, mask, past)
        x = x + gated(y, gate1)
        x = x + self.cross_attn(self.norm3(x), context, bias=bias)[0]
        return x + gated(self.ffn(modulate(self.norm2(x), shift2, scale2)), gate2), seen


class Head(nn.Module):
    def __init__(self, c: DitConfig):
        super().__init__()
        self.norm = nn.LayerNorm(c.dim, c.eps, elementwise_affine=False)
        self.head = nn.Linear(c.dim, math.prod(c.patch_size) * c.out_dim)
        self.modulation = nn.Parameter(torch.randn(1, 2, c.dim) / c.dim**0.5)

    def forward(self, x, e):
        shift, scale = (self.modulation + e.unsqueeze(2)).split(1, dim=2)
        return self.head(modulate(self.norm(x), shift, scale))


class WanDit(nn.Module):
    def __init__(self, config: DitConfig):
        super().__init__()
        c = self.config = config
        self.patch_embedding = nn.Conv3d(c.in_dim, c.dim, c.patch_size, c.patch_size)
        self.text_embedding = nn.Sequential(
            nn.Linear(c.text_dim, c.dim), nn.GELU(approximate="tanh"), nn.Linear(c.dim, c.dim)
        )
        self.time_embedding = nn.Sequential(nn.Linear(c.freq_dim, c.dim), nn.SiLU(), nn.Linear(c.dim, c.dim))
        self.time_projection = nn.Sequential(nn.SiLU(), nn.Linear(c.dim, 6 * c.dim))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.num_layers))
        self.head = Head(c)
        self.reset_parameters()

    def reset_parameters(self):
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        nn.init.xavier_uniform_(self.patch_embedding.weight.flatten(1))
        for part in (self.text_embedding, self.time_embedding):
            nn.init.normal_(part[0].weight, std=0.02)
            nn.init.normal_(part[2].weight, std=0.02)
        nn.init.zeros_(self.head.head.weight)

    def grid(self, latents):
        return tuple(n // p for n, p in zip(latents.shape[2:], self.config.patch_size))

    def embed(self, latents):
        """Latents to tokens [B, L, D]."""
        # The patch embedding as one product: its stride equals its kernel.
        (t, h, w), (pt, ph, pw) = self.grid(latents), self.config.patch_size
        x = latents.reshape(len(latents), -1, t, pt, h, ph, w, pw)
        x = x.permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(len(latents), t * h * w, -1)
        return F.linear(x, self.patch_embedding.weight.flatten(1), self.patch_embedding.bias).float()

    def embed_time(self, timestep):
        """Timesteps [B] or [B, R] to e [B, R, D] and the modulation [B, R, 6, D].

        The R rows share the tokens evenly: one row for all, or one a latent frame.
        """
        c = self.config
        rows = timestep.reshape(len(timestep), -1)
        e = self.time_embedding(sinusoid(rows.flatten(), c.freq_dim)).float()
        e6 = self.time_projection(e).float().unflatten(1, (6, c.dim))
        return e.view(*rows.shape, -1), e6.view(*rows.shape, 6, -1)

    def embed_text(self, context):
        """The context after its embedding, and what is added to its logits."""
        # Wan pads the context with zero rows up to textLen and masks nothing. Those rows are all
        # alike after the embedding, so one of them stands for all: its logit gains ln(count).
        missing, bias = self.config.text_len - context.shape[1], None
        if missing > 0:
            context = F.pad(context, (0, 0, 0, 1))
            bias = F.pad(
                torch.zeros(context.shape[1] - 1, device=context.device), (0, 1), value=math.log(missing)
            )
            bias = bias.view(1, 1, 1, -1)
        return self.text_embedding(context), bias

    def rope(self, grid, device):
        """cos and sin for a grid of tokens."""
        return tuple(r.to(device) for r in rope_table(grid, self.config.dim // self.config.num_heads))

    def unpatch(self, x, grid):
        """Tokens of the head to velocity [B, C, T, H, W]."""
        pt, ph, pw = self.config.patch_size
        x = x.float().view(len(x), *grid, pt, ph, pw, self.config.out_dim)
        x = x.permute(0, 7, 1, 4, 2, 5, 3, 6)
        return x.reshape(len(x), self.config.out_dim, grid[0] * pt, grid[1] * ph, grid[2] * pw)

    def forward(self, latents, timestep, context):
        """`timestep` [B], or [B, T] for one a latent frame."""
        return self.remember(latents, timestep, context)[0]

    def remember(self, latents, timestep, context, past=None):
        """The velocity of frames that come after a past, and the past that then includes them.

        A past is a list of (keys, values) a block, each [B, frames * H * W / 4, N, d], keys before
        RoPE: positions count from the first frame that is still in it.
        """
        grid = self.grid(latents)
        x, (e, e6), (context, bias) = self.embed(latents), self.embed_time(timestep), self.embed_text(context)
        before = past[0][0].shape[1] // (grid[1] * grid[2]) if past else 0
        rope, seen = self.rope((before + grid[0], *grid[1:]), x.device), []
        for i, block in enumerate(self.blocks):
            x, kept = block(x, e6, context, rope, bias, None, past[i] if past else None)
            seen.append(kept)
        return self.unpatch(self.head(x, e), grid), seen
