"""Trains a LoRA that gives a student of few steps another look, from its own clips re-coloured.

    python -m training.train.lora --out RUN --dit public/models/mini --styled STYLED

STYLED is what `training.train.restyled` made. Every noise belongs to one styled clip, and at the nodes of
the student's grid its velocity is drawn to the straight line between the two: nothing is averaged, so the
clips stay sharp, and the student keeps its few steps. Ends with RUN/lora.safetensors, in the key names of
ComfyUI.
"""

import argparse
from pathlib import Path

import torch

from training.models.files import load_dit
from training.models.flow import mix, sigma_grid
from training.models.lora import Lora
from training.train import checkpoint, distributed
from training.train.batches import batch_rng, rank_slice
from training.train.options import add_common
from training.train.restyled import Restyled


class StraightLoss(torch.nn.Module):
    """A clip at every node at once, from noise and styled latents [B, C, T, H, W]."""

    def __init__(self, model, steps, shift):
        super().__init__()
        self.model = model
        sigmas, timesteps = sigma_grid(steps, shift)
        self.sigmas, self.timesteps = sigmas[:-1], timesteps

    def forward(self, styled, noise, ids, mask, nodes):
        sigma, timestep = (grid.to(styled.device)[nodes] for grid in (self.sigmas, self.timesteps))
        velocity = self.model(mix(styled, noise, sigma), timestep, ids, mask)
        return (velocity - (noise - styled)).square().mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dit", required=True, help="the student: an exported folder or a checkpoint")
    parser.add_argument("--styled", required=True)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=float, default=8)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--triggers", default="", help="words that the file names for the prompt")
    add_common(parser, lr=2e-3, ema=0.98, seed=6)
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    torch.manual_seed(args.seed)
    model = load_dit(args.dit)
    model.text.requires_grad_(False)
    lora = Lora(model.dit, args.rank, args.alpha)
    model = model.to(world.device).train()
    optimizer = torch.optim.AdamW(lora.parameters(), lr=args.lr, weight_decay=0.0)
    config = dict(rank=args.rank, alpha=args.alpha)
    run = checkpoint.Run(args, args.out / "train.pt", world, lora, optimizer, config, args.steps)
    clips, shown = Restyled(args.styled), None
    about = clips.about
    loss_module = world.wrap(StraightLoss(model, about["steps"], about["shift"]))
    for step in run.steps():
        rate = run.warm_up(step, steps=min(50, args.steps))
        # The pieces of the prompt are the model's own.
        batch = clips.batch(step, world.device, args.tokenizer or model.tokenizer)
        nodes = torch.from_numpy(batch_rng(args.seed, step).integers(about["steps"], size=about["batch"]))
        parts = [rank_slice(part, world) for part in (*batch, nodes.to(world.device))]
        with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
            loss = loss_module(*parts)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(lora.parameters()), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        run.ema.update(lora, step)
        mean = world.mean(loss)
        shown = mean if shown is None else 0.95 * shown + 0.05 * mean
        if world.first and (step % 25 == 0 or step == run.end - 1):
            print(f"step {step} loss {shown:.5f} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    if world.first and not args.stop_at:
        run.ema.module.save(args.out / "lora.safetensors", args.triggers)
        print(f"{args.out / 'lora.safetensors'}: {len(lora.names)} layers of rank {args.rank}")
    distributed.finish()


if __name__ == "__main__":
    main()
