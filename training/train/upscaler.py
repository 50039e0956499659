"""Trains the upscaler on frames of our own decoder and the same moments rendered at four times the size.

    python -m training.train.upscaler --out RUN --pairs PAIRS

Ends with RUN/upscaler.safetensors, with the key names of Real-ESRGAN's compact models.
"""

import argparse
from pathlib import Path

import torch

from training.models.files import keep
from training.models.upscaler import CONVOLUTIONS, FEATURES, Upscaler
from training.train import checkpoint, distributed
from training.train.batches import batch_rng, rank_slice
from training.train.losses import decibels, picture_loss, sharpness_loss
from training.train.muon import Muon, clipped_step, split
from training.train.options import add_common
from training.train.pairs import Pairs


def to_planes(frames):
    """uint8 [B, H, W, 3] -> float32 [B, 3, H, W] in [0, 1]."""
    return torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--crop", type=int, default=32)
    parser.add_argument("--features", type=int, default=FEATURES)
    parser.add_argument("--convolutions", type=int, default=CONVOLUTIONS)
    parser.add_argument("--sharpness", type=float, default=1.0, help="weight of the strength of edges")
    add_common(parser, lr=1e-3, ema=0.998, seed=5)
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    torch.manual_seed(args.seed)
    config = dict(features=args.features, convolutions=args.convolutions)
    model = Upscaler(**config).to(world.device)
    optimizer = Muon(split(model), lr=args.lr)
    run = checkpoint.Run(args, args.out / "train.pt", world, model, optimizer, config, args.steps)
    pairs, call = Pairs(args.pairs), world.wrap(model)
    for step in run.steps():
        rate = run.warm_up(step)
        crops = pairs.crops(batch_rng(args.seed, step), args.batch * world.size, args.crop)
        small, large = (to_planes(rank_slice(c, world)).to(world.device) for c in crops)
        with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
            y = call(small)
        error = 2 * (y.float() - large)
        sharpness = sharpness_loss(2 * y.float(), 2 * large)
        (picture_loss(error) + args.sharpness * sharpness).backward()
        clipped_step(model, optimizer)
        run.ema.update(model, step)
        if step % 50 == 0 or step == run.end - 1:
            mse = world.mean(error.detach().square().mean())
            if world.first:
                shown = decibels(torch.tensor(mse))
                print(f"step {step} train psnr {shown:.2f} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    if world.first and not args.stop_at:
        keep(args.out / "upscaler.safetensors", run.ema.module.state_dict(), config)
    distributed.finish()


if __name__ == "__main__":
    main()
