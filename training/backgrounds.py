"""The six backgrounds, each with its own life.

A painter takes a `Canvas` (planar float32 RGB in 0..1, [3, F, H, W]) and a
random generator. Lengths are in frame heights, x runs 0..aspect, y 0..1 down.
"""

import numpy as np


class Canvas:
    """Soft painting over [3, F, H, W]; `seconds` is the clock of each frame, [F]."""

    def __init__(self, seconds: np.ndarray, height: int, width: int):
        self.seconds = seconds.astype(np.float32)
        self.aspect = width / height
        self.x = ((np.arange(width) + 0.5) / height).astype(np.float32)
        self.y = ((np.arange(height) + 0.5) / height).astype(np.float32)
        self.rgb = np.empty((3, len(seconds), height, width), np.float32)

    def gradient(self, stops):
        """Fills with a vertical gradient; stops are (y, RGB 0..255), y rising."""
        ys = [y for y, _ in stops]
        for c in range(3):
            column = np.interp(self.y, ys, [rgb[c] / 255.0 for _, rgb in stops])
            self.rgb[c] = column[None, :, None]

    def blend(self, alpha, rgb):
        """Lays a colour (RGB 0..255) over the canvas by alpha (0..1, broadcast to [F, H, W])."""
        for c in range(3):
            plane = self.rgb[c]
            plane += alpha * (np.float32(rgb[c] / 255.0) - plane)

    def blobs(self, xs, ys, rx, ry, weights=None):
        """A sum of soft spots [F, H, W]; centres [N] or [F, N], radii [N] or numbers."""
        xs, ys = (np.broadcast_to(np.asarray(p, np.float32), (len(self.seconds), np.shape(p)[-1])) for p in (xs, ys))
        rx, ry = (np.broadcast_to(np.asarray(r, np.float32), xs.shape[-1:]) for r in (rx, ry))
        along_x = np.exp(-(((self.x[None, None] - xs[..., None]) / rx[:, None]) ** 2))
        along_y = np.exp(-(((self.y[None, None] - ys[..., None]) / ry[:, None]) ** 2))
        if weights is not None:
            along_x *= np.broadcast_to(np.asarray(weights, np.float32), xs.shape)[..., None]
        return np.matmul(along_y.transpose(0, 2, 1), along_x)

    def disc(self, cx, cy, radius, soft):
        """Alpha [H, W] of a still disc with a soft rim."""
        distance = np.hypot(self.x[None] - cx, self.y[:, None] - cy) - radius
        return np.clip(0.5 - distance / soft, 0, 1)

    def hills(self, level, height, waves, soft=0.03):
        """Alpha [H, W] of ground below a wavy line; waves are (frequency, phase) pairs."""
        line = level + sum(height * np.sin(f * self.x + p) for f, p in waves) / len(waves)
        return np.clip(0.5 + (self.y[:, None] - line[None]) / soft, 0, 1)


def solid(field, gain=1.6):
    """Turns a sum of soft spots into an alpha with flat tops."""
    return np.minimum(field * gain, 1.0)


def _clouds(canvas, rng, count, rows, speed, tone, alpha):
    """Fluffy drifting clouds: each is a few spots that move together."""
    xs, ys, rx, ry = [], [], [], []
    span = canvas.aspect + 0.5
    start = rng.random()
    for i in range(count):
        cx = ((start + i / count) % 1.0) * span - 0.25
        cy = rng.uniform(*rows)
        for dx, dy, r in ((-0.11, 0.012, 0.065), (0.0, -0.015, 0.085), (0.11, 0.015, 0.06)):
            xs.append(cx + dx)
            ys.append(cy + dy)
            rx.append(r * 1.25)
            ry.append(r * 0.62)
    moved = np.array(xs)[None] + speed * canvas.seconds[:, None]
    field = canvas.blobs(moved, np.array(ys), np.array(rx), np.array(ry))
    canvas.blend(np.clip(field * 2.2 - 0.55, 0, 1) * np.float32(alpha), tone)


def _phases(rng, count=2, low=3.0, high=6.0):
    return [(rng.uniform(low, high), rng.uniform(0, 6.28)) for _ in range(count)]


def _falling(canvas, rng, count, speed, drift):
    """Centres [F, N] of things that fall (or rise, speed < 0), wrapping out of sight."""
    lanes = (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count * canvas.aspect
    start = rng.permutation(count) / count + rng.uniform(0, 1 / count, count)
    pace = speed * rng.uniform(0.85, 1.15, count)
    ys = (start + pace * canvas.seconds[:, None]) % 1.0 * 1.2 - 0.1
    sway = drift * np.sin(2.0 * canvas.seconds[:, None] + rng.uniform(0, 6.28, count))
    return lanes + sway, ys


def day(canvas, rng):
    canvas.gradient([(0, (128, 200, 240)), (0.75, (206, 236, 248)), (1, (206, 236, 248))])
    sun_x = rng.uniform(0.12, 0.88) * canvas.aspect
    canvas.blend(canvas.disc(sun_x, 0.15, 0.12, 0.16) * 0.45, (255, 246, 196))
    canvas.blend(canvas.disc(sun_x, 0.15, 0.085, 0.03), (255, 240, 160))
    speed = rng.choice([-1, 1]) * rng.uniform(0.04, 0.07)
    _clouds(canvas, rng, 3, (0.16, 0.42), speed, (255, 255, 255), 0.92)
    canvas.blend(canvas.hills(0.78, 0.035, _phases(rng)), (168, 214, 136))
    canvas.blend(canvas.hills(0.88, 0.03, _phases(rng)), (140, 196, 112))


def night(canvas, rng):
    canvas.gradient([(0, (14, 18, 52)), (0.8, (44, 52, 104)), (1, (44, 52, 104))])
    count = max(4, round(10 * canvas.aspect))
    xs = (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count * canvas.aspect
    ys = rng.uniform(0.05, 0.66, count)
    twinkle = 0.62 + 0.38 * np.sin(rng.uniform(2, 4, count) * canvas.seconds[:, None] + rng.uniform(0, 6.28, count))
    radius = rng.uniform(0.018, 0.026, count)
    canvas.blend(solid(canvas.blobs(xs, ys, radius, radius, twinkle), 1.2), (236, 238, 214))
    moon_x = rng.uniform(0.14, 0.86) * canvas.aspect
    bite = 1.0 - canvas.disc(moon_x + 0.045, 0.135, 0.075, 0.03)
    canvas.blend(canvas.disc(moon_x, 0.16, 0.085, 0.03) * bite, (246, 240, 206))
    canvas.blend(canvas.hills(0.82, 0.035, _phases(rng)), (30, 42, 68))
    canvas.blend(canvas.hills(0.91, 0.025, _phases(rng)), (20, 30, 50))


def sunset(canvas, rng):
    canvas.gradient([
        (0, (118, 92, 150)), (0.35, (214, 132, 150)), (0.62, (250, 186, 138)), (0.8, (255, 222, 158)), (1, (255, 222, 158)),
    ])
    sun_x = rng.uniform(0.2, 0.8) * canvas.aspect
    canvas.blend(canvas.disc(sun_x, 0.72, 0.22, 0.22) * 0.5, (255, 236, 180))
    canvas.blend(canvas.disc(sun_x, 0.72, 0.13, 0.03), (255, 246, 206))
    speed = rng.choice([-1, 1]) * rng.uniform(0.04, 0.07)
    _clouds(canvas, rng, 2, (0.14, 0.4), speed, (240, 170, 160), 0.75)
    canvas.blend(canvas.hills(0.79, 0.03, _phases(rng)), (142, 92, 122))
    canvas.blend(canvas.hills(0.89, 0.025, _phases(rng)), (106, 68, 104))


def under_water(canvas, rng):
    canvas.gradient([(0, (112, 214, 210)), (0.5, (44, 150, 164)), (1, (16, 92, 116))])
    phase = rng.uniform(0, 6.28)
    slant = canvas.x[None, :] * 9.0 + canvas.y[:, None] * 4.0 + phase
    swing = (0.7 * np.sin(1.2 * canvas.seconds + phase)).astype(np.float32)[:, None, None]
    rays = np.sin(slant)[None] * np.cos(swing) + np.cos(slant)[None] * np.sin(swing)
    fade = np.clip(0.85 - canvas.y, 0, 1)[None, :, None]
    canvas.blend(np.maximum(rays, 0) * fade * np.float32(0.32), (226, 252, 236))
    canvas.blend(canvas.hills(0.91, 0.02, _phases(rng)), (198, 190, 140))
    count = max(4, round(7 * canvas.aspect))
    xs, ys = _falling(canvas, rng, count, -0.16, 0.02)
    radius = rng.uniform(0.026, 0.042, count)
    canvas.blend(solid(canvas.blobs(xs, ys, radius, radius), 1.3) * np.float32(0.55), (206, 246, 244))
    canvas.blend(canvas.blobs(xs - 0.008, ys - 0.01, radius * 0.5, radius * 0.5) * np.float32(0.6), (255, 255, 255))


def snow(canvas, rng):
    canvas.gradient([(0, (158, 178, 204)), (0.8, (206, 218, 232)), (1, (206, 218, 232))])
    canvas.blend(canvas.hills(0.76, 0.035, _phases(rng)), (220, 229, 240))
    canvas.blend(canvas.hills(0.86, 0.03, _phases(rng)), (240, 244, 250))
    count = max(6, round(13 * canvas.aspect))
    xs, ys = _falling(canvas, rng, count, 0.17, 0.03)
    radius = rng.uniform(0.022, 0.032, count)
    canvas.blend(solid(canvas.blobs(xs, ys, radius, radius), 1.4) * np.float32(0.92), (252, 253, 255))


def rain(canvas, rng):
    canvas.gradient([(0, (74, 84, 98)), (0.8, (118, 130, 142)), (1, (118, 130, 142))])
    speed = rng.choice([-1, 1]) * rng.uniform(0.03, 0.05)
    _clouds(canvas, rng, 3, (0.02, 0.12), speed, (56, 64, 78), 0.8)
    canvas.blend(canvas.hills(0.84, 0.012, _phases(rng)), (80, 90, 98))
    count = max(3, round(4 * canvas.aspect))
    px = (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count * canvas.aspect
    py = rng.uniform(0.89, 0.96, count)
    age = (canvas.seconds[:, None] * 0.8 + rng.uniform(0, 1, count)) % 1.0
    glow = np.sin(np.pi * age) ** 2
    canvas.blend(solid(canvas.blobs(px, py, 0.085, 0.018, glow), 1.0) * np.float32(0.6), (150, 164, 176))
    count = max(6, round(10 * canvas.aspect))
    xs, ys = _falling(canvas, rng, count, 0.5, 0.0)
    canvas.blend(solid(canvas.blobs(xs, ys, 0.016, 0.055), 1.2) * np.float32(0.5), (190, 206, 220))


PAINT = {
    "by day": day, "at night": night, "at sunset": sunset,
    "under water": under_water, "in snow": snow, "in the rain": rain,
}
