"""SRVGG, the compact network of Real-ESRGAN: frames in [0, 1] -> frames four times as wide and high.

3x3 convolutions with PReLU, a pixel shuffle, and the nearest-upsampled input added. Key
names are those of the published files (`body.N`).
"""

import torch.nn as nn
import torch.nn.functional as F

FEATURES = 24
CONVOLUTIONS = 12


class Upscaler(nn.Module):
    def __init__(self, features=FEATURES, convolutions=CONVOLUTIONS, scale=4):
        super().__init__()
        self.scale = scale
        layers = [nn.Conv2d(3, features, 3, padding=1), nn.PReLU(features)]
        for _ in range(convolutions):
            layers += [nn.Conv2d(features, features, 3, padding=1), nn.PReLU(features)]
        layers.append(nn.Conv2d(features, 3 * scale**2, 3, padding=1))
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        """[B, 3, H, W] -> [B, 3, 4 H, 4 W]."""
        return F.pixel_shuffle(self.body(x), self.scale) + F.interpolate(
            x, scale_factor=self.scale, mode="nearest"
        )
