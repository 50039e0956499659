"""Where an actor is over a clip: calm motions that stay in the picture."""

from dataclasses import dataclass

import numpy as np

from training.world.scenes import Actor, Scene
from training.world.subjects import FOOT

FRAME_SECONDS = 33 / 16 / 32  # a clip of 33 frames shows its motion from 0 to 1
CLIP_SECONDS = 32 * FRAME_SECONDS
BOUNCE_SECONDS = 1.05
BOUNCE_HEIGHT = 0.21
LAND = 0.83  # where grounded subjects stand, frame heights

HALF_HEIGHT = {"small": (0.145, 0.155), None: (0.19, 0.21), "big": (0.255, 0.275)}
GROWTH = (0.62, 1.32)  # of the half height, at the clip's beginning and end
GROWING_BIG = 0.86  # a big growing subject still fits at its end
BESIDE_ANOTHER = 0.9  # of the half height, where two share the picture


@dataclass(frozen=True)
class Place:
    """The part of the picture that belongs to one actor: its centre and the span of travel."""

    x: float
    y: float
    room: tuple[float, float]
    scale: float = 1.0
    jitter: float = 0.06
    grounded: bool = True


class Path:
    """Centre x, y, half height (frame heights), angle and stretch over the clip, all [F]; facing and life."""

    def __init__(self, actor: Actor, progress: np.ndarray, rng: np.random.Generator, place: Place):
        one = np.ones_like(progress)
        jitter = rng.uniform(-1, 1, 2)
        pace = rng.uniform(0.9, 1.05) * (0.9 if actor.size == "big" else 1.0)
        sense = 1.0 if rng.random() < 0.5 else -1.0
        size = rng.uniform(*HALF_HEIGHT[actor.size]) * place.scale
        start, share = rng.uniform(0, 1), rng.uniform(0.62, 0.75)
        self.facing, self.life = sense, rng.uniform(0, 6.28)
        self.x = (place.x + place.jitter * jitter[0]) * one
        self.y = (place.y + place.jitter * jitter[1]) * one
        self.size, self.angle, self.stretch = size * one, 0.0 * one, one
        travel = progress - 0.5
        if actor.motion == "grows":
            small, large = GROWTH
            if actor.size == "big":
                self.size = self.size * GROWING_BIG
            self.size = self.size * (small + (large - small) * progress)
        if place.grounded and actor.subject in FOOT and actor.motion not in ("rises", "falls"):
            self.y = LAND + 0.02 * jitter[1] - FOOT[actor.subject] * self.size
        if actor.motion in ("moves left", "moves right"):
            self.facing = 1.0 if actor.motion == "moves right" else -1.0
            self.x = self.x + self.facing * travel * place.room[0] * pace
            if actor.subject == "ball":
                self.angle = self.facing * progress * place.room[0] * pace / size + jitter[1]
            elif actor.subject == "rocket":
                self.angle = self.facing * 0.9 * one
        elif actor.motion in ("rises", "falls"):
            self.y = self.y + (-1.0 if actor.motion == "rises" else 1.0) * travel * place.room[1] * pace
        elif actor.motion == "bounces":
            turn = 2 * np.pi * (progress * CLIP_SECONDS / BOUNCE_SECONDS + start)
            height = 0.5 - 0.5 * np.cos(turn)
            lift = 0.0 if place.grounded and actor.subject in FOOT else -0.5
            self.y = self.y - BOUNCE_HEIGHT * pace * (height + lift)
            self.stretch = 1.0 - 0.12 * np.clip(1 - 4 * height, 0, 1)
        elif actor.motion == "spins":
            self.angle = self.facing * (progress * 2 * np.pi * share) + 0.6 * jitter[0]


def places(scene: Scene, aspect: float) -> list[Place]:
    """One in the middle, or two kept apart."""
    if len(scene.actors) == 1:
        return [Place(0.5 * aspect, 0.5, (0.54 * aspect, 0.5))]
    if any(a.motion.startswith("moves") for a in scene.actors):
        return [
            Place(0.5 * aspect, y, (0.54 * aspect, 0.3), BESIDE_ANOTHER, 0.03, False) for y in (0.26, 0.73)
        ]
    return [Place(x * aspect, 0.5, (0.3, 0.46), BESIDE_ANOTHER, 0.03) for x in (0.26, 0.74)]
