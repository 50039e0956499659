"""Rendered clips in uint8 memory maps. A cache is a folder of `clips.npy` and `cache.json`.

python -m training.world.clips OUT --count 4000 --size 64 64
"""

import argparse
import json
import multiprocessing
from pathlib import Path

import numpy as np

from training.world.long import SEGMENT, render_long, sample_long
from training.world.render import render
from training.world.scenes import sample_scene


def _render_one(job):
    seed, split, segments, frames, height, width = job
    if segments:
        return render_long(sample_long(seed, segments, split), height, width)
    return render(sample_scene(seed, split), frames, height, width)


def render_cache(folder, count, size, frames=33, first_seed=0, split="train", segments=0, workers=2):
    """Renders scenes first_seed .. first_seed+count-1; an existing cache of that form is kept.

    With `segments` they are long scenes of so many motions.
    """
    folder = Path(folder)
    frames = SEGMENT * segments + 1 if segments else frames
    about = dict(
        segments=segments, count=count, size=list(size), frames=frames, first_seed=first_seed, split=split
    )
    if (folder / "cache.json").exists() and json.loads((folder / "cache.json").read_text()) == about:
        return Clips(folder)
    folder.mkdir(parents=True, exist_ok=True)
    clips = np.lib.format.open_memmap(
        folder / "clips.npy", "w+", np.uint8, (count, frames, size[0], size[1], 3)
    )
    jobs = [(first_seed + i, split, segments, frames, *size) for i in range(count)]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for i, clip in enumerate(pool.imap(_render_one, jobs, chunksize=16)):
            clips[i] = clip
    clips.flush()
    (folder / "cache.json").write_text(json.dumps(about))
    return Clips(folder)


class Clips:
    def __init__(self, folder):
        self.about = json.loads((Path(folder) / "cache.json").read_text())
        self.clips = np.load(Path(folder) / "clips.npy", mmap_mode="r")

    def crops(self, rng, count, frames, size):
        """Random windows in time and space: uint8 [count, frames, size, size, 3]."""
        n, total, height, width, _ = self.clips.shape
        out = np.empty((count, frames, size, size, 3), np.uint8)
        for i in range(count):
            k, t = rng.integers(n), rng.integers(total - frames + 1)
            y, x = rng.integers(height - size + 1), rng.integers(width - size + 1)
            out[i] = self.clips[k, t : t + frames, y : y + size, x : x + size]
        return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--size", type=int, nargs=2, default=(64, 64), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--split", default="train")
    parser.add_argument("--segments", type=int, default=0, help="long scenes of so many motions")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    render_cache(
        args.out,
        args.count,
        tuple(args.size),
        args.frames,
        args.first_seed,
        args.split,
        args.segments,
        args.workers,
    )


if __name__ == "__main__":
    main()
