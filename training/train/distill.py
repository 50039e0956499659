"""Distils a guided teacher into a student of few steps without guidance.

    python -m training.train.distill --teacher RUN/train.pt --out RUN2 --steps 400 --batch 16

The student walks its own road from noise, node by node of the sampler's grid. At every node
the teacher, with guidance, solves the window to the next node in several small steps; the
student's one velocity at the node is drawn to the mean velocity of that solution. No video is
needed: noise and captions are enough, and the student learns to mend its own errors. With
`--latents` a share of the batches begins with a clean first frame.

A student of fewer steps learns from one of more (`--teacher-nodes 4 --guidance 1 --nodes 2`):
its windows then hold whole steps of the teacher.
"""

import argparse
import itertools
from pathlib import Path

import torch

from training.models.files import load_dit, load_model
from training.models.flow import frame_timesteps, guided_velocity, hold, sigma_grid
from training.models.mini import training_caption
from training.train import checkpoint, distributed
from training.train.batches import batch_rng, global_normal, rank_slice
from training.train.latents import Latents
from training.train.muon import Muon, clipped_step, split
from training.train.options import add_common
from training.train.teacher import empty_context, mean_velocity, prompts, random_prompts


def first_frames(latents, seed, index, count, world, tokens=None):
    """Clean first frames of scenes, and their captions."""
    rng = batch_rng(seed, index, 4)
    chosen = rng.integers(len(latents), size=count)
    captions = [training_caption(latents.seed(i), rng, latents.about["split"]) for i in chosen]
    clean = latents.take(rank_slice(chosen, world), world.device)[:, :, :1]
    return clean, prompts(captions, world, tokens)


def windows(args):
    """Of every node: its sigma and timestep, the sigma it leads to, and the sigmas of the teacher's steps."""
    sigmas, timesteps = sigma_grid(args.nodes, args.shift)
    finer = sigma_grid(args.teacher_nodes, args.shift)[0] if args.teacher_nodes else None
    for i, (start, end) in enumerate(itertools.pairwise(sigmas)):
        if finer is None:
            between = torch.linspace(start, end, args.substeps[min(i, len(args.substeps) - 1)] + 1)
        else:
            between = finer[(finer <= start + 1e-4) & (finer >= end - 1e-4)]
        yield float(start), float(timesteps[i]), float(end), between


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teacher", required=True, help="a checkpoint of train.dit or of this script")
    parser.add_argument("--init-from", help="an earlier student to continue, not the teacher")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT, sizes take turns", default=None)
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument("--latents", help="latents of clips, for first frames")
    parser.add_argument(
        "--first-frame", type=float, default=1 / 3, help="share of batches that begin with one"
    )
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--teacher-nodes", type=int, help="the teacher is itself a student of so many steps")
    parser.add_argument(
        "--substeps", type=int, nargs="+", default=[4], help="for each window, the last one repeats"
    )
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--shift", type=float, default=3.0)
    add_common(parser, lr=2e-4, ema=0.98, seed=1, save_seconds=90)
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    teacher, config = load_model(args.teacher)
    student = load_dit(args.init_from) if args.init_from else load_model(args.teacher)[0]
    teacher, student = teacher.to(world.device).requires_grad_(False), student.to(world.device).train()
    student.text.requires_grad_(False)  # one text encoder serves every student
    optimizer = Muon(split(student, 0.0), lr=args.lr)
    run = checkpoint.Run(args, args.out / "student.pt", world, student, optimizer, config, args.steps)
    if args.compile:
        for block in [*teacher.dit.blocks, *student.dit.blocks]:
            block.compile(dynamic=False)
    call = world.wrap(student)
    sizes = [tuple(map(int, s.split("x"))) for s in (args.size or ["64x64"])]
    latents, nodes = Latents(args.latents) if args.latents else None, list(windows(args))
    frames, count = (args.frames - 1) // 4 + 1, args.batch * world.size
    order = 1 if args.teacher_nodes else 2
    shown = [None] * args.nodes

    def walk(x, ids, mask, first):
        """The student's road from noise x, with the backward pass of every node's loss."""
        context = teacher.context(ids, mask)
        empty = empty_context(teacher, context, args.tokenizer)
        given = 0 if first is None else first.shape[2]

        def times(timestep):
            return frame_timesteps(torch.full((len(x),), timestep, device=x.device), x.shape[2], given)

        def taught(y, sigma):
            return guided_velocity(
                teacher.dit, hold(y, first), times(sigma * 1000), context, empty, args.guidance
            )

        for i, (start, timestep, stop, between) in enumerate(nodes):
            x = hold(x, first)
            target = mean_velocity(taught, x, between, order)
            velocity = call(x, times(timestep), ids, mask).float()
            loss = (velocity - target)[:, :, given:].square().mean()
            (loss / (args.nodes * args.accumulate)).backward()
            shown[i] = loss.detach() if shown[i] is None else 0.95 * shown[i] + 0.05 * loss.detach()
            x = x + (stop - start) * velocity.detach()

    for step in run.steps():
        rate = run.warm_up(step, 20, floor=0.1)
        for micro in range(args.accumulate):
            index, first = step * args.accumulate + micro, None
            width, height = sizes[step % len(sizes)]
            if latents and batch_rng(args.seed, index, 3).random() < args.first_frame:
                first, text = first_frames(latents, args.seed, index, count, world, args.tokenizer)
                height, width = (8 * side for side in first.shape[3:])
            else:
                text = random_prompts(args.seed, index, count, world, args.tokenizer)
            shape = (count, config["dit"]["in_dim"], frames, height // 8, width // 8)
            x = global_normal(shape, args.seed, index, world).to(world.device)
            with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
                walk(x, *text, first)
        clipped_step(student, optimizer)
        run.ema.update(student, step)
        if step % 10 == 0 or step == run.end - 1:
            means = " ".join(f"{world.mean(v):.4f}" for v in shown)
            if world.first:
                print(f"step {step} windows {means} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    distributed.finish()


if __name__ == "__main__":
    main()
