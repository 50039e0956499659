"""Frames as the decoder gives them at 64 x 64, and the same moments rendered four times as large.

python -m training.train.pairs OUT --latents LATENTS --vae RUN/vae.pt --count 2000
"""

import argparse
import json
import multiprocessing
from pathlib import Path

import numpy as np
import torch

from training.models.files import load_vae
from training.models.frames import to_uint8
from training.train.batches import batch_rng
from training.train.latents import Latents
from training.world.render import render
from training.world.scenes import sample_scene

SCALE = 4
PER_CLIP = 3


def _render_large(job):
    seed, split, frames, height, width, picked = job
    return render(sample_scene(seed, split), height=height, width=width, progress=picked / (frames - 1))


@torch.no_grad()
def make_pairs(folder, latents, decode, count, workers=2, device="cpu"):
    """`small.npy` [N, H, W, 3] and `large.npy` [N, 4 H, 4 W, 3], uint8; three moments of every clip."""
    folder, about = Path(folder), latents.about
    folder.mkdir(parents=True, exist_ok=True)
    frames, (height, width) = about["frames"], about["size"]
    scenes = min(count, len(latents))
    shape = (scenes * PER_CLIP, height, width, 3)
    small = np.lib.format.open_memmap(folder / "small.npy", "w+", np.uint8, shape)
    shape = (scenes * PER_CLIP, SCALE * height, SCALE * width, 3)
    large = np.lib.format.open_memmap(folder / "large.npy", "w+", np.uint8, shape)
    picked = [np.sort(batch_rng(9, i).choice(frames, PER_CLIP, replace=False)) for i in range(scenes)]
    jobs = [
        (latents.seed(i), about["split"], frames, SCALE * height, SCALE * width, p)
        for i, p in enumerate(picked)
    ]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for i, drawn in enumerate(pool.imap(_render_large, jobs, chunksize=8)):
            large[i * PER_CLIP : (i + 1) * PER_CLIP] = drawn
    for i in range(scenes):
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            clip = to_uint8(decode(latents.take([i], device)).float())[0]
        small[i * PER_CLIP : (i + 1) * PER_CLIP] = clip[picked[i]]
    small.flush(), large.flush()
    (folder / "cache.json").write_text(json.dumps(dict(about, count=scenes, scale=SCALE)))


class Pairs:
    def __init__(self, folder):
        self.small = np.load(Path(folder) / "small.npy", mmap_mode="r")
        self.large = np.load(Path(folder) / "large.npy", mmap_mode="r")

    def crops(self, rng, count, side):
        """Random windows: [count, side, side, 3] and [count, 4 side, 4 side, 3]."""
        n, height, width, _ = self.small.shape
        small, large = [], []
        for _ in range(count):
            i, y, x = rng.integers(n), rng.integers(height - side + 1), rng.integers(width - side + 1)
            small.append(self.small[i, y : y + side, x : x + side])
            y, x, far = SCALE * y, SCALE * x, SCALE * side
            large.append(self.large[i, y : y + far, x : x + far])
        return np.stack(small), np.stack(large)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--latents", required=True)
    parser.add_argument("--vae", required=True)
    parser.add_argument("--count", type=int, default=2000, help="clips")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    decode = load_vae(args.vae).to(device).decode
    make_pairs(args.out, Latents(args.latents), decode, args.count, args.workers, device)


if __name__ == "__main__":
    main()
