"""How well clips survive the VAE, or the tiny decoder: decibels, the worst frame, and steadiness.

    python -m training.evaluate.reconstruction --vae RUN/vae.pt --clips HELD --count 40
    python -m training.evaluate.reconstruction --vae RUN/vae.pt --tiny RUN/tiny.safetensors --clips HELD

`change` is the PSNR of frame-to-frame differences against the rendered clip's: tearing, which
a mean over frames forgives, shows there.
"""

import argparse
import json

import numpy as np
import torch

from training.evaluate.held_out_prompts import record
from training.evaluate.judge import score
from training.models.files import load_vae
from training.models.frames import to_frames
from training.models.load import load_tiny_decoder
from training.world.clips import Clips
from training.world.scenes import sample_scene


def decibels(error, axes=None):
    return -10 * np.log10(np.maximum((error**2).mean(axes), 1e-12))


def rounded(video):
    """[B, 3, F, H, W] in [-1, 1] -> float32 in [0, 1], rounded to 8 bits."""
    return ((video.clamp(-1, 1) + 1) * 127.5).round().div(255).float().cpu().numpy()


@torch.no_grad()
def reconstruct(vae, decode, clip, autocast):
    x = to_frames(clip[None], device := next(vae.parameters()).device)
    with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
        y = decode(vae.encode(x))
    return rounded(x)[0], rounded(y.float())[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vae", required=True, help="vae.pt, a training checkpoint, or an exported folder")
    parser.add_argument("--tiny", help="judge this decoder instead of the VAE's own")
    parser.add_argument("--clips", required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--by", choices=("motion", "subject", "background"), help="means by this word, too")
    parser.add_argument("--judge", action="store_true", help="say what the judge sees in them, too")
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    vae, clips = load_vae(args.vae), Clips(args.clips)
    decode = load_tiny_decoder(args.tiny).decode if args.tiny else vae.decode
    whole, worst, change, groups, seen, scenes = [], [], [], {}, [], []
    for i in range(min(args.count, len(clips.clips))):
        x, y = reconstruct(vae, decode, np.array(clips.clips[i]), not args.float32)
        frames = decibels(y - x, (0, 2, 3))
        whole.append(decibels(y - x))
        worst.append(frames.min())
        change.append(decibels(np.diff(y, axis=1) - np.diff(x, axis=1)))
        scene = sample_scene(clips.about["first_seed"] + i, clips.about["split"])
        if args.judge:
            seen.append((y * 255).round().astype(np.uint8).transpose(1, 2, 3, 0))
            scenes.append(record(scene))
        if args.by:
            name = scene.background if args.by == "background" else getattr(scene.actors[0], args.by)
            groups.setdefault(name, []).append(whole[-1])
    result = dict(clips=len(whole), psnr=np.mean(whole), worst_frame=np.min(worst), change=np.mean(change))
    print(json.dumps({k: round(float(v), 2) for k, v in result.items()}))
    if args.judge:
        judged = score(seen, scenes)
        judged.pop("misses")
        print(json.dumps(judged))
    for name, values in sorted(groups.items()):
        print(f"{name}: {np.mean(values):.2f} ({len(values)})")


if __name__ == "__main__":
    main()
