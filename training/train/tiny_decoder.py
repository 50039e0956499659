"""Trains the tiny decoder: from latents that the VAE has encoded to the clips they came from.

    python -m training.train.tiny_decoder --out RUN --clips CLIPS --latents LATENTS

Ends with RUN/tiny.safetensors, with the key names of taew2_1.
"""

import argparse
from pathlib import Path

import torch

from training.models.files import keep
from training.models.frames import to_frames
from training.models.tiny_decoder import WIDTHS, TinyDecoder
from training.train import checkpoint, distributed
from training.train.batches import batch_rng, rank_slice
from training.train.latents import Latents
from training.train.losses import decibels, picture_loss
from training.train.muon import Muon, clipped_step, split
from training.train.options import add_common
from training.world.clips import Clips


def make_batch(clips, latents, seed, step, count, world):
    """Latents and the frames they were encoded from."""
    if clips.about["first_seed"] != latents.about["first_seed"]:
        raise ValueError("the clips and the latents are of different scenes")
    chosen = rank_slice(batch_rng(seed, step, 8).integers(len(latents), size=count * world.size), world)
    frames = to_frames([clips.clips[i] for i in chosen], world.device)
    return latents.take(chosen, world.device), frames


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", required=True)
    parser.add_argument("--latents", required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--widths", type=int, nargs=4, default=WIDTHS)
    add_common(parser, lr=2e-3, ema=0.998, seed=4)
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    torch.manual_seed(args.seed)
    clips, latents = Clips(args.clips), Latents(args.latents)
    config = dict(z_dim=latents.latents.shape[1], widths=tuple(args.widths))
    model = TinyDecoder(**config).to(world.device)
    optimizer = Muon(split(model, 1e-3), lr=args.lr)
    run = checkpoint.Run(args, args.out / "train.pt", world, model, optimizer, config, args.steps)
    call = world.wrap(model)
    for step in run.steps():
        rate = run.warm_up(step)
        z, frames = make_batch(clips, latents, args.seed, step, args.batch, world)
        with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
            y = call(z)
        error = y.float() * 2 - 1 - frames
        picture_loss(error).backward()
        clipped_step(model, optimizer)
        run.ema.update(model, step)
        if step % 25 == 0 or step == run.end - 1:
            mse = world.mean(error.detach().square().mean())
            if world.first:
                shown = decibels(torch.tensor(mse))
                print(f"step {step} train psnr {shown:.2f} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    if world.first and not args.stop_at:
        keep(args.out / "tiny.safetensors", run.ema.module.state_dict(), config)
    distributed.finish()


if __name__ == "__main__":
    main()
