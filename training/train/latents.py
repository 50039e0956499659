"""Latents that the VAE has encoded once: `latents.npy` and `cache.json` in a folder.

python -m training.train.latents OUT --clips CLIPS --vae RUN/vae.pt
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.models import fused_norm
from training.models.files import load_vae
from training.models.frames import to_frames
from training.world.clips import Clips


@torch.no_grad()
def encode_cache(folder, clips, vae, frames=None, batch=8, limit=None):
    """Normalised latents (posterior means) of cached clips, f16, beside the seeds of their scenes.

    With `frames` 1 every clip gives one still, taken at a moment that varies with its seed.
    """
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
        self.kept = None

    def __len__(self):
        return len(self.latents)

    def seed(self, index):
        return self.about["first_seed"] + int(index)

    def take(self, indices, device="cpu"):
        """float32 [B, C, T, H, W]. On a GPU the whole cache is kept there."""
        if torch.device(device).type == "cpu":
            return torch.from_numpy(np.stack([self.latents[int(i)] for i in indices]).astype(np.float32))
        if self.kept is None:
            self.kept = torch.from_numpy(np.array(self.latents)).to(device)
        return self.kept[torch.as_tensor(indices, device=device)].float()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--clips", required=True)
    parser.add_argument("--vae", required=True)
    parser.add_argument("--frames", type=int, help="1 for stills")
    parser.add_argument("--limit", type=int, help="encode only so many clips")
    parser.add_argument("--fused", action="store_true", help="fused norms (CPU with g++ only)")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    vae = load_vae(args.vae).to("cuda" if torch.cuda.is_available() else "cpu")
    if args.fused:
        fused_norm.fuse(vae)
    batch = 64 if args.frames == 1 or torch.cuda.is_available() else 8
    encode_cache(args.out, Clips(args.clips), vae, args.frames, batch, args.limit)


if __name__ == "__main__":
    main()
