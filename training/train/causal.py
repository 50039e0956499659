"""Teaches the DiT to go on from a clean past, chunk by chunk: the teacher of the causal student.

    python -m training.train.causal --init-from RUN/train.pt --out RUN2 --latents LONG

Every chunk of a window of a long scene is noised on its own and denoised after the clean
chunks before it, all in one pass (teacher forcing). The first chunk is the scene's first
latent frame. Half of the windows go on somewhere later after the frames of the sink, as a
stream does whose window is full.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch

from training.models.causal import STUDENT, chunk_lengths, forced_velocity
from training.models.files import load_model
from training.models.flow import training_sigmas
from training.models.mini import CAPTION_LENGTH, encode_texts
from training.train import checkpoint, distributed
from training.train.batches import ahead, batch_rng, global_normal, rank_slice
from training.train.latents import Latents
from training.train.muon import Muon, clipped_step, split
from training.train.options import add_common
from training.world.long import sample_long

LATER_SHARE = 0.5


def window_of(rng, frames, window, sink):
    """The latent frames of a window of a scene: those of the sink, then the next ones or some later ones."""
    later = int(rng.integers(frames - window + 1)) if rng.random() < LATER_SHARE else 0
    return [*range(sink), *range(sink + later, window + later)]


def choose_batch(latents, args, world, index):
    """Of a batch: its frames, which latents, a noise level a frame, where the caption is true, ids, mask."""
    rng, size = batch_rng(args.seed, index, 5), args.batch * world.size
    frames = window_of(rng, latents.latents.shape[2], args.window, args.sink)
    chosen, captions, told = rng.integers(len(latents), size=size), [], []
    for i in chosen:
        scene = sample_long(latents.seed(i), latents.about["segments"], latents.about["split"])
        caption = scene.caption(4 * frames[-1], int(rng.integers(1 << 30)))
        captions.append(caption if rng.random() >= args.dropout else "")
        told.append([scene.motion(4 * f) == scene.motion(4 * frames[-1]) for f in frames])
    lengths = torch.tensor(chunk_lengths(args.window, args.chunk, first_alone=True))
    sigma = training_sigmas(rng, size * len(lengths), args.shift).view(size, len(lengths))
    ids, mask = encode_texts(captions, args.tokenizer, CAPTION_LENGTH)
    parts = (chosen, sigma.repeat_interleave(lengths, dim=1), np.array(told, np.float32), ids, mask)
    return [np.array(frames), *(rank_slice(part, world) for part in parts)]


class ForcingLoss(torch.nn.Module):
    def __init__(self, model, chunk):
        super().__init__()
        self.model, self.chunk = model, chunk

    def forward(self, clean, noise, sigma, told, ids, mask):
        level = sigma[:, None, :, None, None]
        noisy = (1 - level) * clean + level * noise
        context = self.model.context(ids, mask)
        lengths = chunk_lengths(clean.shape[2], self.chunk, first_alone=True)
        velocity = forced_velocity(self.model.dit, clean, noisy, sigma * 1000, context, lengths)
        error = (velocity - (noise - clean)).square().mean((1, 3, 4))
        return (error * told).sum() / told.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--init-from", required=True, help="a checkpoint of train.dit")
    parser.add_argument("--latents", required=True, help="latents of long scenes")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--chunk", type=int, default=STUDENT["chunk"])
    parser.add_argument("--window", type=int, default=STUDENT["window"], help="latent frames")
    parser.add_argument("--sink", type=int, default=STUDENT["sink"])
    parser.add_argument("--shift", type=float, default=2.0)
    parser.add_argument("--dropout", type=float, default=0.1)
    add_common(parser, lr=5e-4, ema=0.998, seed=2)
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    model, config = load_model(args.init_from)
    model = model.to(world.device).train()
    model.text.requires_grad_(False)  # one text encoder serves every student
    optimizer = Muon(split(model), lr=args.lr)
    run = checkpoint.Run(args, args.out / "train.pt", world, model, optimizer, config, args.steps)
    latents, loss_module = Latents(args.latents), world.wrap(ForcingLoss(model, args.chunk))
    batches = ahead(partial(choose_batch, latents, args, world), range(run.start, run.end), args.workers)
    for step in run.steps():
        rate = run.warm_up(step)
        frames, chosen, *parts = next(batches)
        clean = latents.take(chosen, world.device)[:, :, frames.to(world.device)]
        noise = global_normal((args.batch * world.size, *clean.shape[1:]), args.seed, step, world)
        with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
            loss = loss_module(clean, noise, *(p.to(world.device) for p in parts))
        loss.backward()
        clipped_step(model, optimizer)
        run.ema.update(model, step)
        if step % 25 == 0 or step == run.end - 1:
            value = world.mean(loss)
            print(f"step {step} loss {value:.5f} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    batches.close()
    distributed.finish()


if __name__ == "__main__":
    main()
