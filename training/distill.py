"""Distils a guided teacher into a student of few steps without guidance.

    python training/distill.py --teacher RUN/train.pt --out RUN2 --steps 400 --batch 16

The student walks its own road from noise, node by node of the sampler's grid. At every node
the teacher, with guidance, solves the window to the next node in several small steps; the
student's one velocity at the node is drawn to the mean velocity of that solution. No video is
needed: noise and captions are enough, and the student learns to mend its own errors.
"""
import argparse
from pathlib import Path

import torch

import checkpoint
import distributed
from data import batch_rng, global_normal, rank_slice
from flow import guided_velocity, sigma_grid
from muon import Muon, clipped_step, split
from text import CAPTION_LENGTH, encode_texts, training_caption
from train_dit import load_model


@torch.no_grad()
def window(teacher, x, start, end, substeps, context, empty, guidance):
    """The teacher's mean velocity from sigma `start` to sigma `end`, by two-step Adams-Bashforth."""
    sigmas = torch.linspace(start, end, substeps + 1)
    y, before = x, None
    for a, b in zip(sigmas[:-1], sigmas[1:]):
        t = (a * 1000).to(x.device).expand(len(x))
        v = guided_velocity(teacher, y, t, context, empty, guidance).float()
        y = y + (b - a) * (v if before is None else 1.5 * v - 0.5 * before)
        before = v
    return (y - x) / (end - start)


def prompts_of(rng, count, tokens=None):
    captions = [training_caption(int(rng.integers(1 << 24)), rng) for _ in range(count)]
    return encode_texts(captions, tokens, CAPTION_LENGTH)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teacher", required=True, help="a checkpoint of train_dit.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT, sizes take turns", default=None)
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--substeps", type=int, nargs="+", default=[4], help="for each window, the last one repeats")
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--ema", type=float, default=0.98)
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokenizer")
    parser.add_argument("--stop-at", type=int)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--save-seconds", type=float, default=90)
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    teacher, config = load_model(args.teacher)
    student, _ = load_model(args.teacher)
    teacher, student = teacher.to(world.device).requires_grad_(False), student.to(world.device).train()
    ema = checkpoint.Ema(student, args.ema)
    optimizer = Muon(split(student, 0.0), lr=args.lr)
    run = checkpoint.Run(args.out / "student.pt", world, student, ema, optimizer, config, args.save_seconds)
    if args.compile:
        for block in [*teacher.dit.blocks, *student.dit.blocks]:
            block.compile(dynamic=False)
    call = world.wrap(student)
    sizes = [tuple(map(int, s.split("x"))) for s in (args.size or ["64x64"])]
    sigmas, timesteps = sigma_grid(args.nodes, args.shift)
    channels = config["dit"]["in_dim"]
    end = min(args.steps, args.stop_at or args.steps)
    shown = [None] * args.nodes
    empty_ids = [t.to(world.device) for t in encode_texts([""], args.tokenizer)]

    for step in run.steps(end):
        rate = checkpoint.learning_rate(step, args.lr, args.steps, warmup=20, floor=0.1)
        checkpoint.set_learning_rate(optimizer, rate)
        width, height = sizes[step % len(sizes)]
        for micro in range(args.accumulate):
            index = step * args.accumulate + micro
            count = args.batch * world.size
            ids, mask = prompts_of(batch_rng(args.seed, index, 2), count, args.tokenizer)
            ids, mask = (rank_slice(t, world).to(world.device) for t in (ids, mask))
            shape = (count, channels, (args.frames - 1) // 4 + 1, height // 8, width // 8)
            x = global_normal(shape, args.seed, index, world).to(world.device)
            with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
                with torch.no_grad():
                    context = teacher.context(ids, mask)
                    empty = torch.zeros_like(context[:1])
                    empty[:, :1] = teacher.context(*empty_ids)
                for i in range(args.nodes):
                    target = window(teacher.dit, x, float(sigmas[i]), float(sigmas[i + 1]), args.substeps[min(i, len(args.substeps) - 1)],
                                    context, empty, args.guidance)
                    t = timesteps[i].to(world.device).expand(len(x))
                    velocity = call(x, t, ids, mask).float()
                    loss = (velocity - target).square().mean()
                    (loss / (args.nodes * args.accumulate)).backward()
                    shown[i] = loss.detach() if shown[i] is None else 0.95 * shown[i] + 0.05 * loss.detach()
                    x = x + (sigmas[i + 1] - sigmas[i]).item() * velocity.detach()
        clipped_step(student, optimizer)
        ema.update(student, step)
        if step % 10 == 0 or step == end - 1:
            means = [world.mean(v) for v in shown]
            if world.first:
                print(f"step {step} windows {' '.join(f'{v:.4f}' for v in means)} lr {rate:.1e} "
                      f"{run.seconds:.0f} s", flush=True)
    distributed.finish()


if __name__ == "__main__":
    main()
