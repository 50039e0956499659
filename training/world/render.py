"""Draws a scene as a short clip: flat art with soft light, the same picture at any size."""

import numpy as np

from training.world.backgrounds import PAINT
from training.world.canvas import EDGE, Canvas
from training.world.paths import CLIP_SECONDS, Path, places
from training.world.scenes import Actor, Scene
from training.world.subjects import DRAW, Tones

REACH = 1.32  # half side of the window that holds a subject, half heights
RIM = 0.20  # how far the shade reaches in from the edge, half heights
SHADE = (0.40, 0.38, 0.28)  # of red, green and blue, at the edge away from the light
GLOSS = 0.30


def _lit(planes, whole, x, y):
    """Light from the upper left: a gloss there, and a cool shade along the other edge."""
    away = np.clip(0.55 + 0.4 * (x + y), 0.2, 1)
    shade = np.exp(np.minimum(whole, 0) / RIM) * away
    gloss = GLOSS * np.exp(-((x + 0.34) ** 2 + (y + 0.42) ** 2) / 0.16)
    for plane, strength in zip(planes, SHADE):
        plane *= 1 - np.float32(strength) * shade
        plane += gloss * (1 - plane)


def draw_actor(canvas: Canvas, actor: Actor, path: Path) -> None:
    """Lays one actor over the canvas, window by window (one window a frame)."""
    frames, height, width = canvas.rgb.shape[1:]
    half = int(np.ceil(REACH * path.size.max() * height)) + 2
    side = 2 * half
    left = np.floor(path.x * height).astype(int) - half
    top = np.floor(path.y * height).astype(int) - half
    steps = np.arange(side, dtype=np.float32) + 0.5
    scale = (1.0 / path.size).astype(np.float32)[:, None, None]
    tall = path.stretch.astype(np.float32)[:, None, None]
    x = ((steps + left[:, None]) / height - path.x[:, None]).astype(np.float32)[:, None, :] * scale
    y = ((steps + top[:, None]) / height - path.y[:, None]).astype(np.float32)[:, :, None] * scale
    # A squashed subject keeps its area and its foot on the ground.
    x, y = np.broadcast_arrays(x * tall, (y - (1 - tall)) / tall)
    angle = path.angle.astype(np.float32)[:, None, None]
    c, s = np.cos(angle), np.sin(angle)
    facing = np.broadcast_to(np.asarray(path.facing, np.float32), frames)[:, None, None]
    u, v = facing * (c * x + s * y), c * y - s * x
    life = (canvas.seconds + np.float32(path.life))[:, None, None]
    tones = Tones.of(actor.colour)
    layers = DRAW[actor.subject](u, v, life, tones)

    hard = (path.size * height / EDGE).astype(np.float32)[:, None, None]  # edges per half height
    whole = layers[0][0]
    for distance, _ in layers[1:]:
        whole = np.minimum(whole, distance)
    planes = [np.full_like(whole, channel) for channel in layers[0][1]]
    for distance, rgb in layers:
        alpha = np.clip(0.5 - distance * hard, 0, 1)
        for plane, channel in zip(planes, rgb):
            plane += alpha * (np.float32(channel) - plane)
    _lit(planes, whole, x, y)
    cover, sprite = np.clip(0.5 - whole * hard, 0, 1), np.stack(planes)
    for f in range(frames):
        y0, y1 = max(top[f], 0), min(top[f] + side, height)
        x0, x1 = max(left[f], 0), min(left[f] + side, width)
        if y0 >= y1 or x0 >= x1:
            continue
        rows, columns = slice(y0 - top[f], y1 - top[f]), slice(x0 - left[f], x1 - left[f])
        target = canvas.rgb[:, f, y0:y1, x0:x1]
        target += cover[f, rows, columns] * (sprite[:, f, rows, columns] - target)


def to_pixels(canvas: Canvas) -> np.ndarray:
    """A canvas as uint8 [F, H, W, 3]."""
    pixels = np.clip(canvas.rgb, 0, 1) * np.float32(255) + np.float32(0.5)
    return np.ascontiguousarray(pixels.astype(np.uint8).transpose(1, 2, 3, 0))


def render(
    scene: Scene, num_frames: int = 33, height: int = 64, width: int = 64, progress=None
) -> np.ndarray:
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
    homes = places(scene, canvas.aspect)
    if len(homes) == 2 and rng.random() < 0.5:
        homes.reverse()
    for actor, place in zip(scene.actors, homes):
        draw_actor(canvas, actor, Path(actor, progress, rng, place))
    return to_pixels(canvas)
