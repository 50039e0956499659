"""Makes clips from prompts in PyTorch, from a training run or an exported folder.

python -m training.evaluate.sample --vae RUN/vae.pt --dit RUN/train.pt --sheet sheet.png
python -m training.evaluate.sample --model public/models/mini --prompt "a red ball at night" --out clip.npy
"""

import argparse
import math

import numpy as np
import torch

from training.evaluate.contact_sheet import fixed_scenes, sheet
from training.evaluate.engine_noise import gaussian_noise
from training.evaluate.held_out_prompts import lot
from training.models.files import load_exported, load_exported_vae, load_model, load_vae
from training.models.flow import euler
from training.models.frames import to_uint8
from training.world.captions import canonical


def noise_for(seed, channels, frames, height, width):
    """The engine's noise [C, T, H/8, W/8] of a seed."""
    shape = (channels, (frames - 1) // 4 + 1, height // 8, width // 8)
    return torch.from_numpy(gaussian_noise(seed, math.prod(shape))).view(shape)


@torch.no_grad()
def generate(
    model,
    vae,
    prompts,
    seeds,
    size=(64, 64),
    frames=33,
    steps=4,
    shift=3.0,
    guidance=1.0,
    batch=8,
    autocast=True,
):
    """uint8 clips [N, F, H, W, 3]; `size` is (height, width)."""
    device = next(model.parameters()).device
    out = []
    for i in range(0, len(prompts), batch):
        part, noise = prompts[i : i + batch], []
        for seed in seeds[i : i + batch]:
            noise.append(noise_for(seed, vae.config.z_dim, frames, *size))
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            context = model.read(part)
            empty = torch.zeros_like(context[:1])
            empty[:, :1] = model.read([""])
            latents = euler(model.dit, torch.stack(noise).to(device), context, empty, steps, shift, guidance)
            for z in latents.split(4):
                out.append(to_uint8(vae.decode(z).float()))
    return np.concatenate(out)


def add_model_arguments(parser):
    parser.add_argument("--model", help="an exported folder")
    parser.add_argument("--vae")
    parser.add_argument("--dit")
    parser.add_argument("--which", default="ema", choices=("ema", "model"))
    parser.add_argument("--size", type=int, nargs=2, default=(64, 64), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--float32", action="store_true")


def load_from(args):
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.model:
        model, vae = load_exported(args.model)[0], load_exported_vae(args.model)
    else:
        model, vae = load_model(args.dit, args.which)[0], load_vae(args.vae)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return model.to(device), vae.to(device)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_model_arguments(parser)
    parser.add_argument("--prompt", action="append")
    parser.add_argument("--lot", type=int, help="so many prompts drawn by lot, with seeds from 1 on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", help="an .npy of uint8 [N, F, H, W, 3]")
    parser.add_argument("--sheet", help="a PNG of six frames of each clip")
    args = parser.parse_args()
    model, vae = load_from(args)
    prompts = args.prompt or [canonical(s) for s in fixed_scenes()]
    if args.lot:
        prompts = [record["prompt"] for record in lot(args.lot)]
        args.seed = 1
    clips = generate(
        model,
        vae,
        prompts,
        [args.seed + i for i in range(len(prompts))],
        tuple(args.size),
        args.frames,
        args.steps,
        args.shift,
        args.guidance,
        autocast=not args.float32,
    )
    if args.out:
        np.save(args.out, clips)
    if args.sheet:
        sheet(list(clips), prompts).save(args.sheet)


if __name__ == "__main__":
    main()
