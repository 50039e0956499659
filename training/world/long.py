"""Long scenes: one subject does one thing after another, each for 32 frames, without a cut.

What streaming learns from: a motion begins where the last one ended, and the caption
changes with it.
"""

from dataclasses import dataclass, replace

import numpy as np

from training.world.backgrounds import PAINT
from training.world.canvas import Canvas
from training.world.captions import caption
from training.world.paths import BOUNCE_HEIGHT, BOUNCE_SECONDS, FRAME_SECONDS, Path, places
from training.world.render import draw_actor, to_pixels
from training.world.scenes import MOTIONS, Scene, is_held_out, sample_scene

SEGMENT = 32
STAYS_ITSELF = 0.5  # share of segments that go on as they were
EDGES = (0.23, 0.77)  # how far a subject travels, in shares of the picture's sides
LARGEST = 0.27


@dataclass(frozen=True)
class LongScene:
    """A scene of one actor and its motions, segment by segment; the first is the scene's own."""

    scene: Scene
    motions: tuple[str, ...]

    def motion(self, frame: int) -> str:
        """What the actor does at a frame."""
        return self.motions[min(max(frame - 1, 0) // SEGMENT, len(self.motions) - 1)]

    def caption(self, frame: int, seed: int) -> str:
        """A wording of what happens at a frame."""
        (actor,) = self.scene.actors
        return caption(replace(self.scene, actors=(replace(actor, motion=self.motion(frame)),)), seed)


def sample_long(seed: int, segments: int = 3, split: str = "train") -> LongScene:
    """The long scene of a seed. No segment is a combination of the other split."""
    rng = np.random.default_rng([seed, 7])
    scene = sample_scene(seed, split)
    while len(scene.actors) > 1:
        scene = sample_scene(int(rng.integers(1 << 30)), split)
    (actor,), motions = scene.actors, [scene.actors[0].motion]
    while len(motions) < segments:
        motion = motions[-1] if rng.random() < STAYS_ITSELF else MOTIONS[int(rng.integers(len(MOTIONS)))]
        held = is_held_out(actor.subject, actor.colour, motion, scene.background)
        if held == (split == "held_out"):
            motions.append(motion)
        elif split == "held_out":
            motions.append(motions[-1])
    return LongScene(scene, tuple(motions))


def _go_on(path: Path, motion: str, aspect: float, rocket: bool) -> None:
    """Lengthens a path by one segment."""
    share = np.arange(1, SEGMENT + 1) / SEGMENT
    x, y, size, angle = (values[-1] for values in (path.x, path.y, path.size, path.angle))
    facing, lift, lean = path.facing[-1], 0.0, 0.0
    righted = np.round(angle / (2 * np.pi)) * 2 * np.pi
    end_x, end_y, end_size = x, y, size
    if motion in ("moves left", "moves right"):
        facing = 1.0 if motion == "moves right" else -1.0
        end_x, lean = EDGES[int(facing > 0)] * aspect, facing * 0.9 * rocket
    elif motion in ("rises", "falls"):
        end_y = EDGES[int(motion == "falls")]
    elif motion == "grows":
        end_size = max(size, min(1.6 * size, LARGEST))
    elif motion == "bounces":
        turn = 2 * np.pi * share * SEGMENT * FRAME_SECONDS / BOUNCE_SECONDS
        lift = BOUNCE_HEIGHT * (0.5 - 0.5 * np.cos(turn))
    turns = angle + facing * 2 * np.pi * 0.7 * share if motion == "spins" else None
    eased = np.minimum(share * 3, 1)
    path.x = np.append(path.x, x + (end_x - x) * share)
    path.y = np.append(path.y, y + (end_y - y) * share - lift)
    path.size = np.append(path.size, size + (end_size - size) * share)
    path.angle = np.append(path.angle, angle + (righted + lean - angle) * eased if turns is None else turns)
    path.facing = np.append(path.facing, np.full(SEGMENT, facing))
    path.stretch = np.append(path.stretch, np.ones(SEGMENT))


def render_long(long: LongScene, height: int = 64, width: int = 64) -> np.ndarray:
    """uint8 [32 n + 1, H, W, 3] for n segments."""
    rng, (actor,) = np.random.default_rng([long.scene.seed, 3]), long.scene.actors
    canvas = Canvas(np.arange(SEGMENT * len(long.motions) + 1) * FRAME_SECONDS, height, width)
    PAINT[long.scene.background](canvas, np.random.default_rng([long.scene.seed, 4]))
    path = Path(actor, np.linspace(0, 1, SEGMENT + 1), rng, places(long.scene, canvas.aspect)[0])
    path.facing = np.full(SEGMENT + 1, path.facing)
    for motion in long.motions[1:]:
        _go_on(path, motion, canvas.aspect, actor.subject == "rocket")
    draw_actor(canvas, actor, path)
    return to_pixels(canvas)
