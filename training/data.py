"""Clips, latents and batches. Every batch follows from (seed, step), and a rank takes its slice.

Clips are rendered once into uint8 memory maps; the DiT reads latents that the VAE has
encoded once. A cache is a folder: `clips.npy` or `latents.npy`, and `cache.json`.

    python training/data.py clips OUT --count 4000 --size 64 64
    python training/data.py latents OUT --clips CLIPS... --vae RUN/vae.pt
"""
import argparse
import json
import multiprocessing
from pathlib import Path

import numpy as np
import torch

from render import render
from world import sample_scene


def batch_rng(seed, step, purpose=0):
    return np.random.default_rng([seed, step, purpose])


def rank_slice(items, world):
    """This rank's share of a global batch."""
    share = len(items) // world.size
    return items[world.rank * share : (world.rank + 1) * share]


def global_normal(shape, seed, step, world):
    """This rank's share of the noise of a global batch; `shape` is the global one."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + step) % (1 << 62))
    return rank_slice(torch.randn(shape, generator=generator), world)


def _render_one(job):
    seed, split, frames, height, width = job
    return render(sample_scene(seed, split), frames, height, width)


def render_cache(folder, count, size, frames=33, first_seed=0, split="train", workers=2):
    """Renders scenes first_seed .. first_seed+count-1; an existing cache of that form is kept."""
    folder = Path(folder)
    about = dict(count=count, size=list(size), frames=frames, first_seed=first_seed, split=split)
    if (folder / "cache.json").exists() and json.loads((folder / "cache.json").read_text()) == about:
        return Clips(folder)
    folder.mkdir(parents=True, exist_ok=True)
    clips = np.lib.format.open_memmap(
        folder / "clips.npy", "w+", np.uint8, (count, frames, size[0], size[1], 3))
    jobs = [(first_seed + i, split, frames, *size) for i in range(count)]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for i, clip in enumerate(pool.imap(_render_one, jobs, chunksize=16)):
            clips[i] = clip
    clips.flush()
    (folder / "cache.json").write_text(json.dumps(about))
    return Clips(folder)


def to_frames(clips):
    """uint8 [B, F, H, W, 3] -> f32 [B, 3, F, H, W] in [-1, 1], channels last in memory."""
    return torch.from_numpy(np.array(clips)).permute(0, 4, 1, 2, 3).float().mul_(2 / 255).sub_(1)


def to_uint8(video):
    """[B, 3, F, H, W] in [-1, 1] -> uint8 [B, F, H, W, 3]."""
    return ((video.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 4, 1).contiguous().numpy()


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


def vae_batch(caches, seed, step, count, frames, size, world):
    """A batch of crops, in equal shares from every cache."""
    rng = batch_rng(seed, step)
    source = rng.integers(len(caches), size=count)
    crops = [caches[s].crops(rng, 1, frames, size)[0] for s in source]
    return to_frames(np.stack(rank_slice(crops, world)))


@torch.no_grad()
def encode_cache(folder, clips, vae, frames=None, batch=8, limit=None):
    """Normalised latents (posterior means) of cached clips, f16, beside the seeds of their scenes.

    With `frames` 1 every clip gives one still, taken at a moment that varies with its seed."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    about, n = dict(clips.about), min(limit or len(clips.clips), len(clips.clips))
    frames = frames or about["frames"]
    about["frames"] = frames
    height, width = about["size"]
    shape = (n, vae.config.z_dim, (frames - 1) // 4 + 1, height // 8, width // 8)
    out = np.lib.format.open_memmap(folder / "latents.npy", "w+", np.float16, shape)
    device = next(vae.parameters()).device
    for i in range(0, n, batch):
        part = clips.clips[i : min(n, i + batch)]
        if frames == 1:
            part = np.stack([c[(i + j) * 7 % len(c)][None] for j, c in enumerate(part)])
        x = to_frames(np.ascontiguousarray(part)).to(device)
        with torch.autocast(device.type, torch.bfloat16):
            z = vae.encode(x)
        out[i : i + len(part)] = z.float().cpu().numpy()
    out.flush()
    (folder / "cache.json").write_text(json.dumps(about))
    return Latents(folder)


class Latents:
    def __init__(self, folder):
        self.about = json.loads((Path(folder) / "cache.json").read_text())
        self.latents = np.load(Path(folder) / "latents.npy", mmap_mode="r")

    def __len__(self):
        return len(self.latents)

    def seed(self, index):
        return self.about["first_seed"] + int(index)

    def take(self, indices):
        return torch.from_numpy(np.stack([self.latents[i] for i in indices]).astype(np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("clips", "latents"))
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--size", type=int, nargs=2, default=(64, 64))
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--split", default="train")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clips")
    parser.add_argument("--vae")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--limit", type=int, help="encode only so many clips")
    parser.add_argument("--fused", action="store_true", help="fused norms (CPU with g++ only)")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.kind == "clips":
        render_cache(args.out, args.count, tuple(args.size), args.frames or 33, args.first_seed,
                     args.split, args.workers)
        return
    from train_vae import load_vae

    torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    vae = load_vae(args.vae).to(device)
    if args.fused:
        import fused_norm
        fused_norm.fuse(vae)
    encode_cache(args.out, Clips(args.clips), vae, args.frames, 64 if args.frames == 1 else 8, args.limit)


if __name__ == "__main__":
    main()
