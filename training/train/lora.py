"""Trains a LoRA that gives Mini another look: clips of the drawn world, re-coloured.

    python -m training.train.lora --out RUN --dit RUN/dit/train.pt --latents STYLED

STYLED holds latents of clips that `training.world.clips --style night-neon` drew. `--dit` is the
DiT that the LoRA changes: best the teacher, whose LoRA its students take over, or an exported
folder. Ends with RUN/lora.safetensors, in the key names of ComfyUI.
"""

import argparse
from functools import partial
from pathlib import Path

import torch

from training.models.files import load_exported, load_model
from training.models.lora import Lora
from training.train import checkpoint, distributed
from training.train.batches import ahead, global_normal
from training.train.dit import VelocityLoss, choose_batch
from training.train.latents import Latents
from training.train.options import add_common


def load_dit(path):
    """Text encoder and DiT of an exported folder or a checkpoint."""
    return load_exported(path)[0] if Path(path).is_dir() else load_model(path)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dit", required=True)
    parser.add_argument("--latents", required=True)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=float, default=8)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--shift", type=float, default=2.0)
    parser.add_argument("--triggers", default="", help="words that the file names for the prompt")
    add_common(parser, lr=2e-3, ema=0.98, seed=6)
    args = parser.parse_args()
    args.accumulate, args.dropout = 1, 0.1

    world = distributed.setup(args.threads)
    torch.manual_seed(args.seed)
    model = load_dit(args.dit)
    model.text.requires_grad_(False)
    # The pieces of the prompt are the model's own.
    args.tokenizer = args.tokenizer or model.tokenizer
    lora = Lora(model.dit, args.rank, args.alpha)
    model = model.to(world.device).train()
    optimizer = torch.optim.AdamW(lora.parameters(), lr=args.lr, weight_decay=0.0)
    config = dict(rank=args.rank, alpha=args.alpha)
    run = checkpoint.Run(args, args.out / "train.pt", world, lora, optimizer, config, args.steps)
    latents = Latents(args.latents)
    stages = [(args.steps, [(latents, args.batch)])]
    loss_module = world.wrap(VelocityLoss(model))
    batches = ahead(partial(choose_batch, stages, args, world), range(run.start, run.end), args.workers)
    shown = None
    for step in run.steps():
        rate = run.warm_up(step, steps=min(50, args.steps))
        chosen, *parts = next(batches)
        x0 = latents.take(chosen, world.device)
        noise = global_normal((len(x0) * world.size, *x0.shape[1:]), args.seed, step, world)
        with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
            loss = loss_module(x0, noise, *(p.to(world.device) for p in parts))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(lora.parameters()), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        run.ema.update(lora, step)
        if step % 50 == 0 or step == run.end - 1:
            mean = world.mean(loss)
            shown = mean if shown is None else 0.9 * shown + 0.1 * mean
            if world.first:
                print(f"step {step} loss {shown:.5f} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    batches.close()
    if world.first and not args.stop_at:
        run.ema.module.save(args.out / "lora.safetensors", args.triggers)
        print(f"{args.out / 'lora.safetensors'}: {len(lora.names)} layers of rank {args.rank}")
    distributed.finish()


if __name__ == "__main__":
    main()
