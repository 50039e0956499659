"""Distils the causal teacher into a student of few steps that streams, on the films that it makes itself.

    python -m training.train.distill_causal --teacher RUN/train.pt --out RUN2 --nodes 4

The student rolls a film from noise, chunk by chunk, after a past of its own frames, as the
engine does. At every node the teacher, with guidance and after the same frames, solves from
that noise level to none; the student's prediction is drawn to the teacher's. So errors that
build up over a film are seen and mended. Prompts change in some films.
"""

import argparse
import math
from itertools import accumulate
from pathlib import Path

import torch

from training.models.causal import STUDENT, Stream, constant, make_room, write
from training.models.files import load_model
from training.models.flow import sigma_grid
from training.train import checkpoint, distributed
from training.train.batches import batch_rng, global_normal
from training.train.muon import Muon, clipped_step, split
from training.train.options import add_common
from training.train.teacher import empty_context, mean_velocity, prompts
from training.world.long import SEGMENT, sample_long


def film_chunks(args, lengths, index, world):
    """Of each chunk of a film: its latent frames and the captions there, which are those of long scenes."""
    rng, size = batch_rng(args.seed, index, 6), args.batch * world.size
    segments = max(1, 4 * args.frames // SEGMENT)
    scenes = [sample_long(int(rng.integers(1 << 24)), segments) for _ in range(size)]
    seeds = [int(rng.integers(1 << 30)) for _ in scenes]
    for length, end in zip(lengths, accumulate(lengths)):
        captions = [scene.caption(4 * end, seed) for scene, seed in zip(scenes, seeds)]
        yield length, prompts(captions, world, args.tokenizer)


def levels_below(sigma, substeps):
    """The noise levels of the teacher's steps from `sigma` to 0: `substeps` of them from 1."""
    return torch.linspace(sigma, 0, math.ceil(substeps * sigma) + 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teacher", required=True, help="a checkpoint of train.causal")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", default="64x64", metavar="WIDTHxHEIGHT")
    parser.add_argument("--chunk", type=int, default=STUDENT["chunk"])
    parser.add_argument("--frames", type=int, default=11, help="latent frames of a film")
    parser.add_argument("--window", type=int, default=STUDENT["window"])
    parser.add_argument("--sink", type=int, default=STUDENT["sink"])
    parser.add_argument("--nodes", type=int, default=STUDENT["steps"])
    parser.add_argument("--substeps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--shift", type=float, default=STUDENT["shift"])
    add_common(parser, lr=2e-4, ema=0.98, seed=3, save_seconds=90)
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    teacher, config = load_model(args.teacher)
    student, _ = load_model(args.teacher)
    teacher, student = teacher.to(world.device).requires_grad_(False), student.to(world.device).train()
    student.text.requires_grad_(False)  # one text encoder serves every student
    optimizer = Muon(split(student, 0.0), lr=args.lr)
    run = checkpoint.Run(args, args.out / "student.pt", world, student, optimizer, config, args.steps)
    sigmas, timesteps = sigma_grid(args.nodes, args.shift)
    stream = Stream(
        args.chunk, tuple(sigmas[:-1].tolist()), tuple(timesteps.tolist()), args.window, args.sink, True
    )
    width, height = map(int, args.size.split("x"))
    batch, lengths = args.batch * world.size, stream.lengths(args.frames)
    tokens, shown = height * width // 256, [None] * args.nodes

    def film(index):
        """One film of the student, with the backward pass of every prediction's loss."""
        mine = theirs = None
        for number, (length, (ids, mask)) in enumerate(film_chunks(args, lengths, index, world)):
            shape = (batch, config["dit"]["in_dim"], length, height // 8, width // 8)
            mine, theirs = (make_room(p, length, tokens, stream) for p in (mine, theirs))
            context = teacher.context(ids, mask)
            both = torch.cat([context, empty_context(teacher, context, args.tokenizer).expand_as(context)])
            twice = theirs and [tuple(torch.cat([t, t]) for t in block) for block in theirs]

            def taught(y, sigma, both=both, twice=twice):
                pair = torch.cat([y, y])
                v = teacher.dit.remember(pair, constant(sigma * 1000, pair), both, twice)[0].float()
                cond, uncond = v.chunk(2)
                return uncond + args.guidance * (cond - uncond)

            for step, (sigma, timestep) in enumerate(zip(stream.sigmas, stream.timesteps)):
                fresh = global_normal(
                    shape, args.seed, (index * len(lengths) + number) * args.nodes + step, world
                )
                fresh = fresh.to(world.device)
                x = fresh if step == 0 else (1 - sigma) * clean + sigma * fresh  # noqa: F821 (from the step before)
                target = mean_velocity(taught, x, levels_below(sigma, args.substeps))
                velocity = student.dit.remember(x, constant(timestep, x), student.context(ids, mask), mine)[
                    0
                ].float()
                loss = (velocity - target).square().mean()
                (loss * length / (args.nodes * args.frames)).backward()
                shown[step] = (
                    loss.detach() if shown[step] is None else 0.95 * shown[step] + 0.05 * loss.detach()
                )
                clean = x - sigma * velocity.detach()
            with torch.no_grad():
                mine = write(student.dit, clean, student.context(ids, mask), mine)
                theirs = write(teacher.dit, clean, context, theirs)

    for step in run.steps():
        rate = run.warm_up(step, 20, floor=0.1)
        with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
            film(step)
        world.average_gradients(student)
        clipped_step(student, optimizer)
        run.ema.update(student, step)
        if step % 10 == 0 or step == run.end - 1:
            means = " ".join(f"{world.mean(v):.4f}" for v in shown)
            if world.first:
                print(f"step {step} nodes {means} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    distributed.finish()


if __name__ == "__main__":
    main()
