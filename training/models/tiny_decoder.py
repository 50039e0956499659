"""TAEHV's decoder (taew2_1), as wide as told: latents as the DiT has them -> RGB in [0, 1].

2D convolutions alone; a memory block also sees its own input of the frame before. T latent
frames give 4 T raw frames, of which the first three are dropped. Key names are those of the
published files, so that whatever runs taew2_1 runs this.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTHS = (48, 32, 16, 12)


class Clamp(nn.Module):
    def forward(self, x):
        return torch.tanh(x / 3) * 3


class Memory(nn.Module):
    """ReLU(convs of [a frame; the frame before] + the frame); x [B, T, C, H, W]."""

    def __init__(self, c):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(2 * c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.ReLU(),
            nn.Conv2d(c, c, 3, padding=1),
        )  # fmt: skip

    def forward(self, x):
        before = F.pad(x, (0, 0, 0, 0, 0, 0, 1, 0))[:, :-1]
        y = self.conv(torch.cat([x, before], dim=2).flatten(0, 1))
        return F.relu(y.unflatten(0, x.shape[:2]) + x)


class Grow(nn.Module):
    """A frame becomes `times` frames."""

    def __init__(self, c, times):
        super().__init__()
        self.times = times
        self.conv = nn.Conv2d(c, times * c, 1, bias=False)

    def forward(self, x):
        b, t, c, h, w = x.shape
        return self.conv(x.flatten(0, 1)).reshape(b, t * self.times, c, h, w)


def per_frame(module, x):
    return module(x.flatten(0, 1).contiguous(memory_format=torch.channels_last)).unflatten(0, x.shape[:2])


class TinyDecoder(nn.Module):
    def __init__(self, z_dim=16, widths=WIDTHS):
        super().__init__()
        layers = [Clamp(), nn.Conv2d(z_dim, widths[0], 3, padding=1), nn.ReLU()]
        for i, times in enumerate((1, 2, 2)):
            c, after = widths[i], widths[i + 1]
            layers += [Memory(c), Memory(c), Memory(c), nn.Upsample(scale_factor=2), Grow(c, times)]
            layers.append(nn.Conv2d(c, after, 3, padding=1, bias=False))
        layers += [nn.ReLU(), nn.Conv2d(widths[3], 3, 3, padding=1)]
        self.decoder = nn.Sequential(*layers)

    def forward(self, latents):
        """[B, C, T, H, W] -> [B, 3, 4 T - 3, 8 H, 8 W], before the clamp to [0, 1]."""
        x = latents.transpose(1, 2)
        for layer in self.decoder:
            x = layer(x) if isinstance(layer, Memory | Grow) else per_frame(layer, x)
        return x[:, 3:].transpose(1, 2)

    def decode(self, latents):
        """Frames in [-1, 1], as the VAE's decoder gives them."""
        return self(latents).clamp(0, 1) * 2 - 1
