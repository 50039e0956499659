"""The upscaler against bicubic: PSNR to the rendered frames, and how much of their gradient energy is left.

python -m training.evaluate.upscaled --upscaler RUN/upscaler.safetensors --pairs HELD_PAIRS
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from training.models.load import load_upscaler


def energy(x):
    """Mean square of horizontal and vertical differences."""
    return float(x.diff(dim=-1).square().mean() + x.diff(dim=-2).square().mean())


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upscaler", required=True)
    parser.add_argument("--pairs", type=Path, required=True, help="a folder of train.pairs")
    parser.add_argument("--count", type=int, default=120, help="frames")
    args = parser.parse_args()
    model = load_upscaler(args.upscaler)
    small, large = (np.load(args.pairs / f"{name}.npy", mmap_mode="r") for name in ("small", "large"))
    shown = {"upscaler": [], "bicubic": [], "rendered": []}
    for i in range(min(args.count, len(small))):
        x, wanted = (
            torch.from_numpy(np.array(a[i])).permute(2, 0, 1)[None].float() / 255 for a in (small, large)
        )
        made = {
            "upscaler": model(x),
            "bicubic": F.interpolate(x, scale_factor=4, mode="bicubic"),
            "rendered": wanted,
        }
        for name, y in made.items():
            y = y.clamp(0, 1)
            shown[name].append(
                (-10 * float((y - wanted).square().mean().clamp_min(1e-12).log10()), energy(y))
            )
    whole = float(np.mean([e for _, e in shown["rendered"]]))
    result = {"frames": len(shown["rendered"])}
    for name in ("upscaler", "bicubic"):
        psnr, left = np.mean(shown[name], axis=0)
        result[name] = {"psnr": round(float(psnr), 2), "gradient_energy": round(float(left) / whole, 3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
