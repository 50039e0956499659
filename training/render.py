"""Draws a scene as a short clip: flat art, soft edges, the same picture at any size."""

import numpy as np

from backgrounds import PAINT, Canvas
from subjects import DRAW, Tones
from world import Actor, Scene

CLIP_SECONDS = 33 / 16
EDGE = 1.4          # width of the soft edge, pixels
OUTLINE = 0.018     # width of the dark outline, frame heights
REACH = 1.32        # half side of the window that holds a subject, half heights

HALF_HEIGHT = {"small": (0.13, 0.145), None: (0.18, 0.205), "big": (0.265, 0.285)}
GROWING_HALF_HEIGHT = {"small": (0.11, 0.12), None: (0.165, 0.185), "big": (0.225, 0.24)}


class Path:
    """Where an actor is over the clip: x, y, half height (frame heights), angle, stretch; all [F]."""

    def __init__(self, actor: Actor, progress: np.ndarray, rng: np.random.Generator, home, room):
        """`home` is the centre, `room` the span of travel (x, y), both in frame heights."""
        one = np.ones_like(progress)
        jitter = rng.uniform(-1, 1, 2)
        pace = rng.uniform(0.9, 1.05) * (0.9 if actor.size == "big" else 1.0)
        sense = 1.0 if rng.random() < 0.5 else -1.0
        bounds = (GROWING_HALF_HEIGHT if actor.motion == "grows" else HALF_HEIGHT)[actor.size]
        size = rng.uniform(*bounds)
        self.facing = sense
        self.x, self.y = home[0] + 0.05 * jitter[0] * one, home[1] + 0.05 * jitter[1] * one
        self.size, self.angle, self.stretch = size * one, 0.0 * one, one
        travel = progress - 0.5
        if actor.motion in ("moves left", "moves right"):
            self.facing = 1.0 if actor.motion == "moves right" else -1.0
            self.x = home[0] + self.facing * travel * room[0] * pace
            if actor.subject == "ball":
                self.angle = self.facing * progress * 5.0 + jitter[1]
            elif actor.subject == "rocket":
                self.angle = self.facing * 0.45 * one
        elif actor.motion in ("rises", "falls"):
            self.y = home[1] + (-1.0 if actor.motion == "rises" else 1.0) * travel * room[1] * pace
        elif actor.motion == "bounces":
            arc = np.abs(np.sin(np.pi * (progress * 2.9 + rng.uniform(0.1, 0.9))))
            lift = room[1] * 0.72 * pace
            self.y = home[1] + lift * (0.55 - arc)
            self.stretch = 1.0 + 0.16 * (np.minimum(arc / 0.35, 1.0) - 0.75)
        elif actor.motion == "spins":
            self.angle = sense * (progress * 2 * np.pi * rng.uniform(1.05, 1.3)) + jitter[0]
        elif actor.motion == "grows":
            self.size = size * (0.5 + 1.1 * progress)
        self.life = rng.uniform(0, 6.28)


def _layout(scene: Scene, aspect: float):
    """Homes and rooms of the actors: one in the middle, or two kept apart."""
    if len(scene.actors) == 1:
        return [((0.5 * aspect, 0.5), (0.64 * aspect, 0.62))]
    if any(a.motion.startswith("moves") for a in scene.actors):
        return [((0.5 * aspect, y), (0.62 * aspect, 0.3)) for y in (0.28, 0.73)]
    return [((x * aspect, 0.5), (0.3, 0.58)) for x in (0.27, 0.73)]


def _draw_actor(canvas: Canvas, actor: Actor, path: Path) -> None:
    """Lays one actor over the canvas, window by window (one window a frame)."""
    frames, height, width = canvas.rgb.shape[1:]
    half = int(np.ceil(REACH * path.size.max() * height)) + 2
    side = 2 * half
    left = np.floor(path.x * height).astype(int) - half
    top = np.floor(path.y * height).astype(int) - half
    steps = np.arange(side, dtype=np.float32) + 0.5
    scale = (1.0 / path.size).astype(np.float32)[:, None, None]
    wide = (1.0 / path.stretch).astype(np.float32)[:, None, None]
    x = ((steps + left[:, None]) / height - path.x[:, None]).astype(np.float32)[:, None, :] * scale
    y = ((steps + top[:, None]) / height - path.y[:, None]).astype(np.float32)[:, :, None] * scale
    x, y = x / wide, y * wide
    x, y = np.broadcast_arrays(x, y)
    angle = path.angle.astype(np.float32)[:, None, None]
    c, s = np.cos(angle), np.sin(angle)
    u, v = path.facing * (c * x + s * y), c * y - s * x
    life = (canvas.seconds + np.float32(path.life))[:, None, None]
    tones = Tones.of(actor.colour)
    layers = DRAW[actor.subject](u, v, life, tones)

    hard = (path.size * height / EDGE).astype(np.float32)[:, None, None]  # edges per half height
    whole = layers[0][0]
    for distance, _ in layers[1:]:
        whole = np.minimum(whole, distance)
    cover = np.clip(0.5 - (whole - OUTLINE * scale) * hard, 0, 1)
    light = np.clip(1.03 - 0.10 * y, 0.9, 1.12)
    planes = [np.full_like(whole, channel) for channel in tones.line]
    for distance, rgb in layers:
        alpha = np.clip(0.5 - distance * hard, 0, 1)
        for plane, channel in zip(planes, rgb):
            plane += alpha * (np.float32(channel) - plane)
    for plane in planes:
        np.minimum(np.multiply(plane, light, out=plane), 1.0, out=plane)
    sprite = np.stack(planes)
    for f in range(frames):
        y0, y1 = max(top[f], 0), min(top[f] + side, height)
        x0, x1 = max(left[f], 0), min(left[f] + side, width)
        if y0 >= y1 or x0 >= x1:
            continue
        rows, columns = slice(y0 - top[f], y1 - top[f]), slice(x0 - left[f], x1 - left[f])
        target = canvas.rgb[:, f, y0:y1, x0:x1]
        target += cover[f, rows, columns] * (sprite[:, f, rows, columns] - target)


def render(scene: Scene, num_frames: int = 33, height: int = 64, width: int = 64, progress=None) -> np.ndarray:
    """The clip of a scene, uint8 [F, H, W, 3].

    The frames run evenly through the scene's motion whatever their number. A
    still (num_frames = 1) shows a moment that the scene's seed picks.
    `progress` ([F], 0..1) asks for chosen moments instead.
    """
    rng = np.random.default_rng([scene.seed, 3])
    moment = rng.random()
    if progress is None:
        progress = np.array([moment]) if num_frames == 1 else np.linspace(0, 1, num_frames)
    progress = np.asarray(progress, np.float64)
    canvas = Canvas(progress * CLIP_SECONDS, height, width)
    PAINT[scene.background](canvas, np.random.default_rng([scene.seed, 4]))
    homes = _layout(scene, canvas.aspect)
    if len(homes) == 2 and rng.random() < 0.5:
        homes.reverse()
    for actor, (home, room) in zip(scene.actors, homes):
        _draw_actor(canvas, actor, Path(actor, progress, rng, home, room))
    pixels = np.clip(canvas.rgb, 0, 1) * np.float32(255) + np.float32(0.5)
    return np.ascontiguousarray(pixels.astype(np.uint8).transpose(1, 2, 3, 0))
