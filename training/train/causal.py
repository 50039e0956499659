"""Teaches the DiT to go on from a clean past, chunk by chunk: the teacher of the causal student.

    python -m training.train.causal --init-from RUN/train.pt --out RUN2 --latents LONG

Every chunk of a window of a long scene is noised on its own and denoised after the clean
chunks before it, all in one pass (teacher forcing). Half of the windows begin with the
first frames of the scene and go on somewhere later, as a stream with a sink does.
"""

import argparse
from pathlib import Path

import torch

from training.models.causal import forced_velocity
from training.models.files import load_model
from training.models.flow import training_sigmas
from training.train import checkpoint, distributed
from training.train.batches import batch_rng, global_normal, rank_slice
from training.train.latents import Latents
from training.train.muon import Muon, clipped_step, split
from training.train.teacher import prompts
from training.world.long import sample_long

SINK_SHARE = 0.5


def window_of(rng, frames, window, chunk):
    """The latent frames of a window, whole chunks in a row; the first may be the scene's own first."""
    chunks, wanted = frames // chunk, window // chunk
    start = int(rng.integers(chunks - wanted + 1))
    picked = list(range(start, start + wanted))
    if start > 0 and rng.random() < SINK_SHARE:
        picked[0] = 0
    return [number * chunk + i for number in picked for i in range(chunk)]


def make_batch(latents, args, index, world):
    """Clean latents, noise, a noise level a chunk, tokens, and the frames that the caption is true of."""
    rng, size = batch_rng(args.seed, index, 5), args.batch * world.size
    frames = window_of(rng, latents.latents.shape[2], args.window, args.chunk)
    chosen = rng.integers(len(latents), size=size)
    captions, told = [], []
    for i in chosen:
        scene = sample_long(latents.seed(i), latents.about["segments"], latents.about["split"])
        seed, motions = int(rng.integers(1 << 30)), [scene.caption(4 * f, 0) for f in frames]
        captions.append(scene.caption(4 * frames[-1], seed) if rng.random() >= args.dropout else "")
        told.append([motion == motions[-1] for motion in motions])
    clean = latents.take(rank_slice(chosen, world))[:, :, frames]
    noise = global_normal((size, *clean.shape[1:]), args.seed, index, world)
    chunks = args.window // args.chunk
    sigma = training_sigmas(rng, size * chunks, args.shift).view(size, chunks)
    sigma = rank_slice(sigma.repeat_interleave(args.chunk, dim=1), world)
    told = rank_slice(torch.tensor(told, dtype=torch.float32), world)
    return [t.to(world.device) for t in (clean, noise, sigma, told)], prompts(captions, world, args.tokenizer)


class ForcingLoss(torch.nn.Module):
    def __init__(self, model, chunk):
        super().__init__()
        self.model, self.chunk = model, chunk

    def forward(self, clean, noise, sigma, told, ids, mask):
        level = sigma[:, None, :, None, None]
        noisy = (1 - level) * clean + level * noise
        context = self.model.context(ids, mask)
        velocity = forced_velocity(self.model.dit, clean, noisy, sigma * 1000, context, self.chunk)
        error = (velocity - (noise - clean)).square().mean((1, 3, 4))
        return (error * told).sum() / told.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--init-from", required=True, help="a checkpoint of train.dit")
    parser.add_argument("--latents", required=True, help="latents of long scenes")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--chunk", type=int, default=3)
    parser.add_argument("--window", type=int, default=9, help="latent frames, whole chunks")
    parser.add_argument("--shift", type=float, default=2.0)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--tokenizer")
    parser.add_argument("--stop-at", type=int)
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--save-seconds", type=float, default=120)
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    model, config = load_model(args.init_from)
    model = model.to(world.device).train()
    ema, optimizer = checkpoint.Ema(model, args.ema), Muon(split(model), lr=args.lr)
    run = checkpoint.Run(args.out / "train.pt", world, model, ema, optimizer, config, args.save_seconds)
    latents, loss_module = Latents(args.latents), world.wrap(ForcingLoss(model, args.chunk))
    end = min(args.steps, args.stop_at or args.steps)
    for step in run.steps(end):
        rate = checkpoint.learning_rate(step, args.lr, args.steps)
        checkpoint.set_learning_rate(optimizer, rate)
        parts, text = make_batch(latents, args, step, world)
        with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
            loss = loss_module(*parts, *text)
        loss.backward()
        clipped_step(model, optimizer)
        ema.update(model, step)
        value = world.mean(loss)
        if world.first and (step % 25 == 0 or step == end - 1):
            print(f"step {step} loss {value:.5f} lr {rate:.1e} {run.seconds:.0f} s", flush=True)
    distributed.finish()


if __name__ == "__main__":
    main()
