"""Goldens of compact upscalers (Real-ESRGAN's SRVGG), with formula weights: python test/golden/make_upscaler.py"""
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from formula import formula_tensor

CASES = {
    # name: features, convolutions in the middle, factor, height, width
    "srvgg_tiny": (12, 3, 4, 5, 7),
    "srvgg_anime_width": (64, 16, 4, 6, 10),
    "srvgg_x2": (16, 2, 2, 6, 4),
}
STRIDE = 53


class Compact(nn.Module):
    def __init__(self, features, middle, factor):
        super().__init__()
        layers = [nn.Conv2d(3, features, 3, 1, 1), nn.PReLU(features)]
        for _ in range(middle):
            layers += [nn.Conv2d(features, features, 3, 1, 1), nn.PReLU(features)]
        self.body = nn.Sequential(*layers, nn.Conv2d(features, 3 * factor**2, 3, 1, 1))
        self.factor = factor

    def forward(self, image, taps):
        x = image
        for i, layer in enumerate(self.body):
            x = layer(x)
            taps[f"tap.body.{i}"] = x.flatten()[::STRIDE].clone()
        base = F.interpolate(image, scale_factor=self.factor, mode="nearest")
        return F.pixel_shuffle(x, self.factor) + base


def make(name, features, middle, factor, height, width):
    salt = f"{name}/"
    net = Compact(features, middle, factor)
    state = {key: formula_tensor(key, value.shape, salt) for key, value in net.state_dict().items()}
    net.load_state_dict(state)
    generator = torch.Generator().manual_seed(len(name))
    image = torch.randint(0, 256, (1, 3, height, width), generator=generator) / 255
    tensors = {"image": image[0]}
    with torch.no_grad():
        large = net(image, tensors)
    tensors["upscaled"] = large[0].clone()
    if factor == 4:
        tensors["upscaled_2"] = F.interpolate(large, scale_factor=0.5, mode="area")[0].clone()
    config = {"num_feat": features, "num_conv": middle, "upscale": factor}
    metadata = {
        "config": json.dumps(config),
        "weights": "formula",
        "salt": salt,
        "sampleStride": str(STRIDE),
        "source": f"torch {torch.__version__}",
    }
    path = Path(__file__).parent / f"{name}.golden.safetensors"
    save_file({key: value.contiguous() for key, value in tensors.items()}, path, metadata)
    print(path.name, large.shape, float(large.abs().mean()))


if __name__ == "__main__":
    for name, case in CASES.items():
        make(name, *case)
