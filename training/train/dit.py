"""Trains the DiT and its text encoder by flow matching, through a curriculum.

    python -m training.train.dit --out RUN --stage STEPS:BATCH:LATENTS ... [--stage ...]

A stage is a number of steps, a batch, and a cache of latents (stills or clips, any size).
Several caches joined by '+' take turns, step by step: `600:48:stills64+clips64`; a cache
may carry a batch of its own after '@': `clips96@16`.
"""

import argparse
from functools import partial
from pathlib import Path

import torch

from training.models.dit import DitConfig
from training.models.files import load_exported
from training.models.flow import frame_timesteps, hold, mix, training_sigmas
from training.models.mini import (
    CAPTION_LENGTH,
    TextToLatents,
    encode_texts,
    training_caption,
    vocabulary_size,
)
from training.models.umt5 import Umt5Config
from training.train import checkpoint, distributed
from training.train.batches import ahead, batch_rng, global_normal, rank_slice
from training.train.latents import Latents
from training.train.muon import Muon, clipped_step, split
from training.train.options import add_common
from training.world import tokenizer


def parse_stage(text):
    steps, batch, caches = text.split(":", 2)
    pairs = [(c.split("@") + [batch])[:2] for c in caches.split("+")]
    return int(steps), [(Latents(path), int(count)) for path, count in pairs]


def stage_at(stages, step):
    """The cache and batch of a step."""
    for steps, sources in stages:
        if step < steps:
            return sources[step % len(sources)]
        step -= steps
    return stages[-1][1][0]


def choose_batch(stages, args, world, index):
    """Of a batch: which latents, noise levels, token ids and mask. All follow from (seed, index)."""
    latents, batch = stage_at(stages, index // args.accumulate)
    rng, size = batch_rng(args.seed, index, 1), batch * world.size
    chosen = rng.integers(len(latents), size=size)
    captions = [training_caption(latents.seed(i), rng, latents.about["split"]) for i in chosen]
    captions = ["" if rng.random() < args.dropout else c for c in captions]
    sigma = training_sigmas(rng, size, args.shift)
    ids, mask = encode_texts(captions, args.tokenizer, CAPTION_LENGTH)
    return [rank_slice(part, world) for part in (chosen, sigma, ids, mask)]


class VelocityLoss(torch.nn.Module):
    """Flow matching. The first `given` latent frames are clean, at timestep 0, and outside the loss."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x0, noise, sigma, ids, mask, given=0):
        x, timestep = mix(x0, noise, sigma), sigma * 1000
        if given:
            x, timestep = hold(x, x0[:, :, :given]), frame_timesteps(timestep, x.shape[2], given)
        error = self.model(x, timestep, ids, mask) - (noise - x0)
        return error[:, :, given:].square().mean()


def given_frames(share, seed, index, frames):
    """How many clean frames a batch begins with: one in a share of the batches of clips, else none."""
    return int(frames > 1 and batch_rng(seed, index, 3).random() < share)


def build(args):
    text = Umt5Config(vocab_size=vocabulary_size(args.tokenizer))
    dit = DitConfig(num_layers=args.layers, ffn_dim=args.ffn_dim, text_dim=text.dim)
    return TextToLatents(text, dit), dict(text=vars(text), dit=vars(dit))


def adopt(model, folder, tokens=None):
    """Starts from exported weights; pieces that both tokenizers have keep their embedding."""
    old, name = load_exported(folder)[0], "text.token_embedding.weight"
    state, rows = old.state_dict(), model.state_dict()[name].clone()
    theirs = tokenizer.load(old.tokenizer).get_vocab()
    mine = tokenizer.load(tokens or tokenizer.DEFAULT_FOLDER / "tokenizer.json").get_vocab()
    for piece in theirs.keys() & mine.keys():
        rows[mine[piece]] = state[name][theirs[piece]]
    model.load_state_dict(state | {name: rows})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--stage", action="append", required=True)
    parser.add_argument("--init-from", help="a folder with an exported model")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--ffn-dim", type=int, default=768)
    add_common(parser, lr=1e-3, ema=0.998, seed=0)
    parser.add_argument("--shift", type=float, default=2.0)
    parser.add_argument(
        "--first-frame", type=float, default=1 / 3, help="share of batches with a clean first frame"
    )
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--total", type=int, help="length of the learning-rate schedule, if not all stages")
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    torch.manual_seed(args.seed)
    model, config = build(args)
    if args.init_from:
        adopt(model, args.init_from, args.tokenizer)
    model = model.to(world.device)
    optimizer = Muon(split(model), lr=args.lr)
    stages = [parse_stage(s) for s in args.stage]
    total = args.total or sum(steps for steps, _ in stages)
    run = checkpoint.Run(args, args.out / "train.pt", world, model, optimizer, config, total)
    if args.compile:
        for block in model.dit.blocks:
            block.compile(dynamic=False)
    loss_module = world.wrap(VelocityLoss(model))
    shown, micros = {}, range(run.start * args.accumulate, run.end * args.accumulate)
    batches = ahead(partial(choose_batch, stages, args, world), micros, args.workers)
    for step in run.steps():
        latents, _ = stage_at(stages, step)
        rate = run.warm_up(step)
        for micro in range(args.accumulate):
            index = step * args.accumulate + micro
            chosen, *parts = next(batches)
            x0 = latents.take(chosen, world.device)
            noise = global_normal((len(x0) * world.size, *x0.shape[1:]), args.seed, index, world)
            given = given_frames(args.first_frame, args.seed, index, x0.shape[2])
            with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
                loss = loss_module(x0, noise, *(p.to(world.device) for p in parts), given)
            (loss / args.accumulate).backward()
        clipped_step(model, optimizer)
        run.ema.update(model, step)
        value = loss.detach()
        kind = "x".join(map(str, latents.latents.shape[2:]))
        shown[kind] = 0.97 * shown.get(kind, value) + 0.03 * value
        told = step % 50 == 0 or step == run.end - 1 or args.float32
        mean = world.mean(value) if told else None
        if world.first and told:
            smooth = " ".join(f"{k} {float(v):.4f}" for k, v in shown.items())
            print(f"step {step} loss {mean:.7f} [{smooth}] lr {rate:.2e} {run.seconds:.0f} s", flush=True)
    batches.close()
    distributed.finish()


if __name__ == "__main__":
    main()
