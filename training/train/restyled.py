"""Clips that a student makes itself, in another look: what a LoRA learns from.

    python -m training.train.restyled OUT --dit public/models/mini --vae RUN/vae/vae.pt --style night-neon

Every clip goes from noise through the student's few steps and the decoder, is re-coloured, and is encoded
again: `latents.npy` and `cache.json`. Captions and noise follow from the seed and are not stored.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.models.files import load_dit, load_vae
from training.models.flow import euler
from training.models.frames import to_frames, to_uint8
from training.train.batches import global_normal
from training.train.distributed import World
from training.train.teacher import random_prompts
from training.world.styles import STYLES


@torch.no_grad()
def restyle(folder, model, vae, style, count, batch=8, steps=4, shift=3.0, latent_shape=(9, 8, 8), seed=7):
    """Latents [count, C, T, H, W] of restyled clips, f16, a whole number of batches."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    about = dict(seed=seed, batch=batch, steps=steps, shift=shift, style=style)
    count = -(-count // batch) * batch
    shape = (count, vae.config.z_dim, *latent_shape)
    out = np.lib.format.open_memmap(folder / "latents.npy", "w+", np.float16, shape)
    device = next(vae.parameters()).device
    for index in range(count // batch):
        noise, (ids, mask) = Restyled.origin(about, shape, index, device, model.tokenizer)
        with torch.autocast(device.type, torch.bfloat16):
            latents = euler(model.dit, noise, model.context(ids, mask), None, steps, shift)
            clips = to_uint8(vae.decode(latents).float())
            styled = np.stack([STYLES[style](clip) for clip in clips])
            encoded = vae.encode(to_frames(styled).to(device))
        out[index * batch : (index + 1) * batch] = encoded.float().cpu().numpy()
    out.flush()
    (folder / "cache.json").write_text(json.dumps(about))
    return Restyled(folder)


class Restyled:
    """Batches of noise, caption and the styled latents that the noise is to become."""

    def __init__(self, folder):
        self.about = json.loads((Path(folder) / "cache.json").read_text())
        self.latents = np.load(Path(folder) / "latents.npy", mmap_mode="r")

    @staticmethod
    def origin(about, shape, index, device, tokens=None):
        """Noise, and ids and mask of the captions, of a batch."""
        alone = World(0, 1, torch.device("cpu"))
        noise = global_normal((about["batch"], *shape[1:]), about["seed"], index, alone)
        text = random_prompts(about["seed"], index, about["batch"], alone, tokens)
        return noise.to(device), [part.to(device) for part in text]

    def batch(self, index, device, tokens=None):
        """Of a batch: styled latents, noise, ids, mask."""
        size = self.about["batch"]
        index %= len(self.latents) // size
        styled = torch.from_numpy(np.array(self.latents[index * size : (index + 1) * size])).float()
        noise, text = self.origin(self.about, self.latents.shape, index, device, tokens)
        return styled.to(device), noise, *text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--dit", required=True, help="a student: an exported folder or a checkpoint")
    parser.add_argument("--vae", required=True)
    parser.add_argument("--style", choices=STYLES, required=True)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--size", default="64x64", metavar="WIDTHxHEIGHT")
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, vae = load_dit(args.dit).to(device), load_vae(args.vae).to(device)
    width, height = (int(side) // 8 for side in args.size.split("x"))
    latent_shape = ((args.frames - 1) // 4 + 1, height, width)
    restyle(
        args.out,
        model,
        vae,
        args.style,
        args.count,
        steps=args.steps,
        shift=args.shift,
        latent_shape=latent_shape,
    )


if __name__ == "__main__":
    main()
