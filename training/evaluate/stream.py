"""Judges the causal student: the subject after 33 frames, and whether it is still there at frame 250.

python -m training.evaluate.stream --vae RUN/vae.pt --dit RUN/causal_student.pt --count 40
"""

import argparse
import json

import numpy as np
import torch

from training.evaluate.engine_noise import gaussian_noise
from training.evaluate.held_out_prompts import held_out_singles
from training.evaluate.judge import judge
from training.evaluate.sample import add_model_arguments, load_from
from training.models.causal import STUDENT, Stream, film
from training.models.flow import sigma_grid
from training.models.frames import to_uint8
from training.world.captions import canonical


@torch.no_grad()
def stream_film(model, vae, prompt, seed, frames, stream, size=(64, 64), autocast=True):
    """A film uint8 [F, H, W, 3] of so many latent frames."""
    device = next(model.parameters()).device
    shape = (1, vae.config.z_dim, frames, size[0] // 8, size[1] // 8)

    def noise(number, shape):
        return torch.from_numpy(gaussian_noise(seed, int(np.prod(shape)), number)).view(shape).to(device)

    def fresh(number, step, like):
        return noise(1 + number * len(stream.sigmas) + step, like.shape)

    with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
        parts = film(model.dit, model.read([prompt]), noise(0, shape), stream, fresh)
        latents = torch.cat([clean for clean, _ in parts], dim=2)
        return to_uint8(vae.decode(latents).float())[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_model_arguments(parser)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--chunk", type=int, default=STUDENT["chunk"])
    parser.add_argument("--latent-frames", type=int, default=63, help="63 are 249 frames")
    parser.add_argument("--window", type=int, default=STUDENT["window"])
    parser.add_argument("--sink", type=int, default=STUDENT["sink"])
    args = parser.parse_args()
    model, vae = load_from(args)
    sigmas, timesteps = sigma_grid(args.steps, args.shift)
    stream = Stream(
        args.chunk, tuple(sigmas[:-1].tolist()), tuple(timesteps.tolist()), args.window, args.sink, True
    )
    early, late = [], []
    for seed, scene in enumerate(held_out_singles()[: args.count]):
        made = stream_film(
            model, vae, canonical(scene), seed, args.latent_frames, stream, tuple(args.size), not args.float32
        )
        (actor,), begin, end = scene.actors, judge(made[:33]), judge(made[-33:])
        early.append(begin["subject"] == actor.subject)
        late.append(end["subject"] == actor.subject and end["colour"] == actor.colour)
    result = dict(films=len(late), frames=len(made), subject_at_33=np.mean(early), kept_at_end=np.mean(late))
    print(json.dumps({k: round(float(v), 4) for k, v in result.items()}))


if __name__ == "__main__":
    main()
