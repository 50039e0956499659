"""Trains the Wan-VAE: stills first (the 2D path), then short clips through the causal 3D one.

    python -m training.train.vae --out RUN --clips CACHE... --held-out CACHE

Ends with RUN/vae.pt: the averaged weights, and the mean and deviation of its latents. The same
lies in RUN/vae.safetensors, in half the precision.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from training.models import fused_norm
from training.models.files import keep, load_vae
from training.models.frames import to_frames
from training.models.vae import VaeConfig, WanVae, channels_last
from training.train import checkpoint, distributed
from training.train.batches import clip_batch, global_normal
from training.train.losses import decibels, picture_loss
from training.train.muon import Muon, clipped_step, split
from training.train.options import add_common
from training.world.clips import Clips


def inflate(vae):
    """Starts every causal convolution as its 2D self, and time resampling as a copy of frames."""
    for name, module in vae.named_modules():
        if not isinstance(module, torch.nn.Conv3d):
            continue
        w = module.weight.data
        if name.endswith("time_conv"):
            w.zero_()
            eye = torch.eye(w.shape[1])
            module.bias.data.zero_()
            if "downsamples" in name:
                w[:, :, :, 0, 0] = torch.stack([0.25 * eye, 0.5 * eye, 0.25 * eye], dim=-1)
            else:
                w[:, :, 2, 0, 0] = torch.cat([eye, eye])
        elif w.shape[2] == 3:
            w[:, :, :2] = 0
            w[:, :, 2] *= 3**0.5


def losses(vae, x, noise, kl_weight, freeze_encoder=False):
    with torch.set_grad_enabled(torch.is_grad_enabled() and not freeze_encoder):
        mu, logvar = vae.encode_moments(x)
    y = vae.decode_raw(mu + torch.exp(0.5 * logvar) * noise)
    error = y - x
    kl = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean()
    return picture_loss(error) + kl_weight * kl, error.square().mean()


@torch.no_grad()
def psnr(vae, clips, count=12, autocast=True):
    """Mean PSNR in dB over whole held-out clips, values in [0, 1] after rounding to 8 bits."""
    device, out = next(vae.parameters()).device, []
    for i in range(min(count, len(clips.clips))):
        x = to_frames(np.array(clips.clips[i : i + 1])).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            y = vae.decode_raw(vae.encode_moments(x)[0])
        quantised = ((y.clamp(-1, 1) + 1) * 127.5).round() / 255
        out.append(-10 * torch.log10((quantised - (x + 1) / 2).square().mean()).item())
    return sum(out) / len(out)


@torch.no_grad()
def statistics(vae, caches, count=48):
    """Mean and deviation of every latent channel, first frames and later ones in natural shares."""
    device, parts = next(vae.parameters()).device, []
    for i in range(count):
        clips = caches[i % len(caches)].clips
        x = to_frames(np.array(clips[i % len(clips)][None])).to(device)
        with torch.autocast(device.type, torch.bfloat16):
            parts.append(vae.encode_moments(x)[0][0].flatten(1))
    z = torch.cat(parts, dim=1)
    return [round(v, 4) for v in z.mean(1).tolist()], [round(v, 4) for v in z.std(1).tolist()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", nargs="+", required=True)
    parser.add_argument("--held-out")
    parser.add_argument("--init-from", help="a folder with an exported model, or a checkpoint")
    parser.add_argument(
        "--freeze-encoder", action="store_true", help="mend the decoder alone: latents stay as they are"
    )
    parser.add_argument("--image-steps", type=int, default=1000)
    parser.add_argument("--video-steps", type=int, default=1500)
    parser.add_argument("--image-batch", type=int, default=32)
    parser.add_argument(
        "--video",
        nargs="+",
        default=["17x4", "17x4", "33x2"],
        metavar="FRAMESxBATCH",
        help="lengths of clips and their batches, which take turns",
    )
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--accumulate", type=int, default=1)
    add_common(parser, lr=2e-3, ema=0.998, seed=0)
    parser.add_argument("--kl", type=float, default=1e-4)
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--fused", action="store_true", help="fused norms (CPU with g++ only)")
    args = parser.parse_args()

    world = distributed.setup(args.threads)
    caches = [Clips(c) for c in args.clips]
    torch.manual_seed(args.seed)
    vae = WanVae(VaeConfig(dim=args.dim))
    inflate(vae)
    if args.init_from:
        vae.load_state_dict(load_vae(args.init_from).state_dict())
    vae = channels_last(vae).to(world.device)
    if args.fused:
        fused_norm.fuse(vae)
    if args.freeze_encoder:
        vae.encoder.requires_grad_(False)
        vae.conv1.requires_grad_(False)
    optimizer = Muon(split(vae, 1e-3, apart=("head.2", "time_conv")), lr=args.lr)
    config = dict(dim=args.dim)
    run = checkpoint.Run(
        args, args.out / "train.pt", world, vae, optimizer, config, args.image_steps + args.video_steps
    )
    videos = [tuple(map(int, v.split("x"))) for v in args.video]

    class Step(torch.nn.Module):
        """DDP needs the whole loss inside one forward."""

        def __init__(self):
            super().__init__()
            self.vae = vae

        def forward(self, x, noise):
            return losses(self.vae, x, noise, args.kl, args.freeze_encoder)

    call = world.wrap(Step())

    def show_held_out(step):
        if args.held_out:
            print(
                f"step {step} held-out psnr {psnr(run.ema.module, Clips(args.held_out), 4):.2f}", flush=True
            )

    for step in run.steps(show_held_out):
        video = step >= args.image_steps
        frames, batch = videos[step % len(videos)] if video else (1, args.image_batch)
        rate = run.warm_up(step)
        for micro in range(args.accumulate):
            index = step * args.accumulate + micro
            x = clip_batch(caches, args.seed, index, batch * world.size, frames, args.crop, world)
            shape = (
                batch * world.size,
                vae.config.z_dim,
                (frames - 1) // 4 + 1,
                args.crop // 8,
                args.crop // 8,
            )
            noise = global_normal(shape, args.seed, index, world)
            with torch.autocast(world.device.type, torch.bfloat16, enabled=not args.float32):
                loss, mse = call(x.to(world.device), noise.to(world.device))
            (loss / args.accumulate).backward()
        clipped_step(vae, optimizer)
        run.ema.update(vae, step)
        if step % 25 == 0 or step == run.end - 1:
            shown, error = world.mean(loss), world.mean(mse)
            if world.first:
                db = decibels(torch.tensor(error))
                print(
                    f"step {step} loss {shown:.6f} train psnr {db:.2f} lr {rate:.2e} {run.seconds:.0f} s",
                    flush=True,
                )
    if world.first and not args.stop_at:
        kept = vars(load_vae(args.init_from).config) if args.freeze_encoder else {}
        mean, std = (kept["mean"], kept["std"]) if kept else statistics(run.ema.module, caches)
        checkpoint.save(
            args.out / "vae.pt", ema=run.ema.module.state_dict(), config=dict(config, mean=mean, std=std)
        )
        keep(args.out / "vae.safetensors", run.ema.module.state_dict(), dict(config, mean=mean, std=std))
        print("mean", mean, "\nstd", std)
        if args.held_out:
            print(f"held-out psnr {psnr(run.ema.module, Clips(args.held_out)):.2f} dB", flush=True)
    distributed.finish()


if __name__ == "__main__":
    main()
