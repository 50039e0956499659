"""How much a subject's silhouette changes from frame to frame, apart from its motion.

    python -m training.evaluate.steadiness --frames clips.npy --prompts prompts.json

Silhouettes are moved so that their centres meet and scaled to one size; the change is the
share of the silhouette's area that differs. Rendered clips of the same scenes give the measure
that a model is held against.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from training.evaluate.judge import _read, read_clips
from training.evaluate.measure import background_of, centre_and_size, sample_at, subject_weight
from training.world.render import render
from training.world.scenes import Actor, Scene

SIDE = 48
REACH = 2.6  # half side of the compared window, in spreads


def silhouette_change(frames: np.ndarray) -> float | None:
    """The mean change between neighbouring frames of a uint8 clip; None where no subject is seen."""
    clip = _read(frames)
    weight = subject_weight(clip, background_of(clip))
    x, y, spread, local, found = centre_and_size(weight)
    if found.mean() < 0.6:
        return None
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    half = (np.maximum(spread, 0.03) * REACH)[:, None, None]
    across, down = x[:, None, None] + half * steps[None, None], y[:, None, None] + half * steps[None, :, None]
    masks = sample_at(local[..., None], *np.broadcast_arrays(across, down))[..., 0]
    both = found[1:] & found[:-1]
    changed = np.abs(np.diff(masks, axis=0)).sum((1, 2))
    area = 0.5 * (masks[1:] + masks[:-1]).sum((1, 2)) + 1e-6
    return float((changed / area)[both].mean())


def rendered(prompt: dict, frames: int, height: int, width: int) -> np.ndarray:
    """The clip that the world draws for a prompt's labels."""
    actors = tuple(Actor(a["subject"], a["colour"], a["motion"]) for a in prompt["actors"])
    return render(Scene(actors, prompt["background"], 0), frames, height, width)


def compare(clips, prompts) -> dict:
    """Mean changes of clips of single subjects and of the rendered clips, and their ratio."""
    ours, world = [], []
    for clip, prompt in zip(clips, prompts):
        if len(prompt["actors"]) > 1:
            continue
        seen = silhouette_change(clip), silhouette_change(rendered(prompt, *clip.shape[:3]))
        if None not in seen:
            ours.append(seen[0])
            world.append(seen[1])
    result = dict(clips=len(ours), change=np.mean(ours), rendered=np.mean(world))
    return {
        k: round(float(v), 4) for k, v in (result | dict(ratio=result["change"] / result["rendered"])).items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, required=True)
    args = parser.parse_args()
    print(json.dumps(compare(read_clips(args.frames), json.loads(args.prompts.read_text()))))


if __name__ == "__main__":
    main()
