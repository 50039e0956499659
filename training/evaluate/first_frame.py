"""Judges clips that begin with a given picture: is its subject kept, and does it move as told?

    python -m training.evaluate.first_frame --vae RUN/vae.pt --dit RUN/student.pt --count 100

The first frame is that of a rendered held-out scene; the prompt names its subject and its motion.
"""

import argparse
import json

import numpy as np
import torch

from training.evaluate.held_out_prompts import held_out_singles
from training.evaluate.judge import judge
from training.evaluate.sample import add_model_arguments, load_from, noise_for
from training.models.flow import euler
from training.models.frames import to_frames, to_uint8
from training.world.captions import canonical
from training.world.render import render


@torch.no_grad()
def continue_from(model, vae, pictures, prompts, seeds, frames, steps, shift, guidance=1.0, autocast=True):
    """Clips [N, F, H, W, 3] that begin with pictures [N, H, W, 3], all uint8."""
    device, out = next(model.parameters()).device, []
    for picture, prompt, seed in zip(pictures, prompts, seeds):
        noise = noise_for(seed, vae.config.z_dim, frames, *picture.shape[:2])[None].to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            first = vae.encode(to_frames(picture[None, None], device)).float()
            context, empty = model.read([prompt]), model.read([""])
            empty = torch.nn.functional.pad(empty, (0, 0, 0, context.shape[1] - empty.shape[1]))
            latents = euler(model.dit, noise, context, empty, steps, shift, guidance, first)
            out.append(to_uint8(vae.decode(latents).float())[0])
    return np.stack(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_model_arguments(parser)
    parser.add_argument("--count", type=int, default=100)
    args = parser.parse_args()
    model, vae = load_from(args)
    scenes = held_out_singles()[: args.count]
    pictures = [render(scene, args.frames, *args.size)[0] for scene in scenes]
    clips = continue_from(
        model, vae, pictures, [canonical(s) for s in scenes], range(len(scenes)), args.frames, args.steps,
        args.shift, args.guidance, not args.float32,
    )  # fmt: skip
    kept, moved, first = [], [], []
    for scene, clip, picture in zip(scenes, clips, pictures):
        seen, (actor,) = judge(clip), scene.actors
        kept.append(seen["subject"] == actor.subject and seen["colour"] == actor.colour)
        moved.append(seen["motion"] == actor.motion)
        error = (clip[0].astype(np.float32) - picture) / 255
        first.append(-10 * np.log10((error**2).mean()))
    result = dict(
        clips=len(clips), kept=np.mean(kept), motion=np.mean(moved), first_frame_psnr=np.mean(first)
    )
    print(json.dumps({k: round(float(v), 4) for k, v in result.items()}))


if __name__ == "__main__":
    main()
