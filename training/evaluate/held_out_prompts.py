"""Writes the prompts that a model is judged by: 200 held-out single scenes and 40 held-out pairs.

python -m training.evaluate.held_out_prompts --out prompts.json
python -m training.evaluate.held_out_prompts --lot 24 --out lot.json   # drawn by lot, to look at
"""

import argparse
import json
from pathlib import Path

import numpy as np

from training.world.captions import canonical, caption
from training.world.scenes import (
    BACKGROUNDS,
    COLOURS,
    MOTIONS,
    SUBJECTS,
    Actor,
    Scene,
    is_held_out,
    is_held_out_pair,
    sample_scene,
)

LOT = 77_000_000  # scenes that no training reads


def record(scene: Scene) -> dict:
    """A scene as the judge reads it: its canonical prompt and its labels."""
    actors = [{"subject": a.subject, "colour": a.colour, "motion": a.motion} for a in scene.actors]
    return {"prompt": canonical(scene), "actors": actors, "background": scene.background}


def held_out_singles(count: int = 200) -> list[Scene]:
    """Different held-out combinations, without size words."""
    combinations = [
        (s, c, m, b)
        for s in SUBJECTS
        for c in COLOURS
        for m in MOTIONS
        for b in BACKGROUNDS
        if is_held_out(s, c, m, b)
    ]
    order = np.random.default_rng(7).permutation(len(combinations))[:count]
    return [Scene((Actor(s, c, m),), b, int(i)) for i, (s, c, m, b) in ((i, combinations[i]) for i in order)]


def held_out_pairs(count: int = 40) -> list[Scene]:
    """Pairs that training never shows, neither of them moving."""
    rng = np.random.default_rng(8)
    scenes, seen = [], set()
    while len(scenes) < count:
        subjects, colours = rng.choice(10, 2, replace=False), rng.choice(8, 2, replace=False)
        first, second = (
            Actor(SUBJECTS[s], tuple(COLOURS)[c], "stays still") for s, c in zip(subjects, colours)
        )
        background = BACKGROUNDS[int(rng.integers(6))]
        if is_held_out_pair(first, second, background) and (first, second, background) not in seen:
            seen.add((first, second, background))
            scenes.append(Scene((first, second), background, len(scenes)))
    return scenes


def prompts() -> list[dict]:
    """The 240 prompts with their labels, singles first."""
    return [record(scene) for scene in held_out_singles() + held_out_pairs()]


def lot(count: int) -> list[dict]:
    """Prompts drawn by lot in everyday wordings, with the seeds 1, 2, …"""
    return [{"prompt": caption(sample_scene(LOT + i), i), "seed": 1 + i} for i in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lot", type=int, help="so many prompts drawn by lot, with their seeds")
    arguments = parser.parse_args()
    chosen = lot(arguments.lot) if arguments.lot else prompts()
    arguments.out.write_text(json.dumps(chosen, indent=1) + "\n")


if __name__ == "__main__":
    main()
