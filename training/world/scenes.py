"""The flat-art world: what a scene is made of, and how scenes are drawn by lot.

A scene is subject x colour x motion x background. A deterministic hash keeps
8 % of these combinations out of training, so that a model can be judged on
combinations that it never saw.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

SUBJECTS = (
    "ball",
    "car",
    "boat",
    "fish",
    "bird",
    "balloon",
    "rocket",
    "star",
    "windmill",
    "jellyfish",
)

# Name -> RGB in 0..255.
COLOURS = {
    "red": (226, 44, 46),
    "orange": (248, 132, 16),
    "yellow": (252, 214, 38),
    "green": (44, 168, 70),
    "blue": (38, 92, 232),
    "purple": (138, 62, 204),
    "pink": (255, 128, 188),
    "white": (248, 248, 252),
}

MOTIONS = (
    "moves left",
    "moves right",
    "rises",
    "falls",
    "bounces",
    "spins",
    "grows",
    "stays still",
)

BACKGROUNDS = (
    "by day",
    "at night",
    "at sunset",
    "under water",
    "in snow",
    "in the rain",
)

SIZES = ("small", "big")

HELD_OUT_SHARE = 0.08
PAIR_SHARE = 0.18

# Two actors share a frame: each layout has the motions that keep them apart.
SIDE_BY_SIDE_MOTIONS = ("rises", "falls", "bounces", "spins", "grows", "stays still")
STACKED_MOTIONS = ("moves left", "moves right", "spins", "stays still")


@dataclass(frozen=True)
class Actor:
    """One subject: what it is, its colour, what it does, and its size word if any."""

    subject: str
    colour: str
    motion: str
    size: str | None = None


@dataclass(frozen=True)
class Scene:
    """One or two actors before a background; `seed` fixes positions, phases and speeds."""

    actors: tuple[Actor, ...]
    background: str
    seed: int


def _hash_share(*words: str) -> float:
    """A number in 0..1 that depends on the words alone."""
    digest = hashlib.sha256("|".join(words).encode()).digest()
    return int.from_bytes(digest[:6], "big") / float(1 << 48)


def is_held_out(subject: str, colour: str, motion: str, background: str) -> bool:
    """Whether this combination is kept out of training."""
    return _hash_share(subject, colour, motion, background) < HELD_OUT_SHARE


def is_held_out_pair(first: Actor, second: Actor, background: str) -> bool:
    """Whether this pair (in either order) is kept out of training."""
    names = sorted(f"{a.colour} {a.subject}" for a in (first, second))
    return _hash_share("pair", *names, background) < HELD_OUT_SHARE


def _pick(rng: np.random.Generator, items):
    return items[int(rng.integers(len(items)))]


def _sample_size(rng: np.random.Generator) -> str | None:
    lot = rng.random()
    return "small" if lot < 0.13 else "big" if lot < 0.26 else None


def sample_pair(rng: np.random.Generator) -> tuple[Actor, Actor]:
    """Two actors of different subject and colour; in most pairs neither moves."""
    subjects = rng.choice(len(SUBJECTS), 2, replace=False)
    colours = rng.choice(len(COLOURS), 2, replace=False)
    lot = rng.random()
    if lot < 0.6:
        choices = ("stays still",)
    else:
        choices = SIDE_BY_SIDE_MOTIONS if lot < 0.85 else STACKED_MOTIONS
    names = tuple(COLOURS)
    first, second = (
        Actor(SUBJECTS[int(s)], names[int(c)], _pick(rng, choices)) for s, c in zip(subjects, colours)
    )
    return first, second


def sample_scene(seed: int, split: str = "train") -> Scene:
    """The scene that belongs to a seed (>= 0). `held_out` gives single actors only."""
    if split not in ("train", "held_out"):
        raise ValueError(f"unknown split {split!r}")
    rng = np.random.default_rng([seed, 0 if split == "train" else 1])
    colours = tuple(COLOURS)
    want_pair = split == "train" and rng.random() < PAIR_SHARE
    while True:
        background = _pick(rng, BACKGROUNDS)
        if want_pair:
            actors = sample_pair(rng)
            held = is_held_out_pair(*actors, background) or any(
                is_held_out(a.subject, a.colour, a.motion, background) for a in actors
            )
        else:
            actor = Actor(_pick(rng, SUBJECTS), _pick(rng, colours), _pick(rng, MOTIONS), _sample_size(rng))
            actors = (actor,)
            held = is_held_out(actor.subject, actor.colour, actor.motion, background)
        if held == (split == "held_out"):
            return Scene(actors, background, int(rng.integers(1 << 31)))
