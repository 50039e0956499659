"""The six backgrounds: one clear idea each, calm enough to look at a subject before it.

A painter takes a `Canvas` and a random generator.
"""

import numpy as np

GROUND = 0.80  # where the land begins


def _waves(rng, count=2, low=3.0, high=5.5):
    return [(rng.uniform(low, high), rng.uniform(0, 6.28)) for _ in range(count)]


def _cloud(canvas, rng, y, speed, light, shade, size=1.0):
    """One cloud of five lobes on a flat base, brighter above than below."""
    lobes = np.array(
        [
            (-0.19, 0.035, 0.055),
            (-0.10, 0.0, 0.085),
            (0.02, -0.035, 0.105),
            (0.13, 0.0, 0.08),
            (0.21, 0.035, 0.05),
        ]
    )
    lobes = lobes * size
    cx = rng.uniform(0.2, 0.8) * canvas.aspect + speed * (canvas.seconds - 1)
    alpha = canvas.discs(cx[:, None] + lobes[:, 0], y + lobes[:, 1], lobes[:, 2])
    alpha *= np.clip(0.5 - (canvas.y - y - 0.07 * size) / canvas.edge, 0, 1)[None, :, None]
    low = np.clip((canvas.y - y + 0.05 * size) / (0.13 * size), 0, 1)[None, :, None]
    canvas.blend(alpha, light)
    canvas.blend(alpha * low, shade)


def _drifting(canvas, rng, count, speed, sway):
    """Centres [F, N] of things that fall (or rise, speed < 0), and come again out of sight."""
    lanes = (rng.permutation(count) + rng.uniform(0.25, 0.75, count)) / count * canvas.aspect
    start = (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count
    ys = (start + speed * canvas.seconds[:, None]) % 1.0 * 1.2 - 0.1
    return lanes + sway * np.sin(1.5 * canvas.seconds[:, None] + rng.uniform(0, 6.28, count)), ys


def day(canvas, rng):
    """Blue sky, one cloud, green hills."""
    canvas.gradient([(0, (84, 172, 240)), (0.8, (204, 234, 250)), (1, (204, 234, 250))])
    _cloud(
        canvas, rng, rng.uniform(0.17, 0.25), rng.choice([-1, 1]) * 0.035, (255, 255, 255), (222, 236, 248)
    )
    canvas.blend(canvas.hills(GROUND - 0.03, 0.04, _waves(rng)), (158, 212, 124))
    canvas.blend(canvas.hills(GROUND + 0.06, 0.025, _waves(rng)), (120, 190, 98))


def night(canvas, rng):
    """A big moon, a few stars, dark hills."""
    canvas.gradient([(0, (16, 20, 60)), (0.85, (66, 76, 142)), (1, (66, 76, 142))])
    side = 0.0 if rng.random() < 0.5 else 0.5
    moon_x, moon_y = (side + rng.uniform(0.17, 0.33)) * canvas.aspect, rng.uniform(0.18, 0.24)
    count = max(3, round(5 * canvas.aspect))
    xs = (np.arange(count) + rng.uniform(0.25, 0.75, count)) / count * canvas.aspect
    ys = rng.uniform(0.08, 0.6, count)
    clear = np.hypot(xs - moon_x, ys - moon_y) > 0.2
    canvas.sprinkle(
        canvas.discs(
            xs[clear], ys[clear], rng.uniform(0.017, 0.022, count)[clear], soft=max(canvas.edge, 0.012)
        ),
        (236, 238, 220),
    )
    canvas.blend(canvas.glow(moon_x, moon_y, 0.24) * np.float32(0.35), (186, 196, 240))
    moon = canvas.disc(moon_x, moon_y, 0.11)
    canvas.blend(moon, (250, 244, 214))
    for dx, dy, radius in ((-0.035, -0.02, 0.03), (0.04, 0.03, 0.025)):
        canvas.blend(
            moon * canvas.disc(moon_x + dx, moon_y + dy, radius, 0.03) * np.float32(0.7), (226, 216, 184)
        )
    canvas.blend(canvas.hills(GROUND - 0.01, 0.035, _waves(rng)), (34, 44, 88))
    canvas.blend(canvas.hills(GROUND + 0.08, 0.025, _waves(rng)), (22, 30, 64))


def sunset(canvas, rng):
    """The sun goes down behind a quiet sea."""
    canvas.gradient(
        [
            (0, (104, 78, 158)),
            (0.32, (226, 116, 146)),
            (0.6, (252, 172, 112)),
            (0.78, (255, 220, 150)),
            (1, (255, 220, 150)),
        ]
    )
    sun_x, level = rng.uniform(0.25, 0.75) * canvas.aspect, GROUND - 0.02
    canvas.blend(canvas.glow(sun_x, level - 0.06, 0.32) * np.float32(0.6), (255, 236, 170))
    canvas.blend(canvas.disc(sun_x, level - 0.05, 0.17), (255, 247, 208))
    sea = canvas.hills(level, 0.0, [(1.0, 0.0)])
    depth = np.clip((canvas.y - level) / (1 - level), 0, 1)[:, None]
    canvas.blend(sea, (214, 120, 134))
    canvas.blend(sea * depth, (98, 62, 124))
    sway = np.sin(canvas.seconds * 1.5 + rng.uniform(0, 6.28))[:, None, None] * 0.03
    width = 0.11 + 0.16 * depth + 0.035 * np.sin(canvas.y * 70)[:, None]
    path = np.clip(1 - np.abs(canvas.x - sun_x + sway * depth) / width, 0, 1)
    canvas.blend(sea * path * np.float32(0.75), (255, 214, 158))


def under_water(canvas, rng):
    """Slow beams of light, a few big bubbles, sand."""
    canvas.gradient([(0, (92, 208, 214)), (0.5, (34, 138, 178)), (1, (16, 88, 138))])
    phase = rng.uniform(0, 6.28)
    slant = canvas.x[None, :] * 9.0 + canvas.y[:, None] * 4.0 + phase
    swing = (0.6 * np.sin(canvas.seconds + phase)).astype(np.float32)[:, None, None]
    beams = np.sin(slant)[None] * np.cos(swing) + np.cos(slant)[None] * np.sin(swing)
    fade = np.clip(0.85 - canvas.y, 0, 1)[None, :, None]
    canvas.blend(np.maximum(beams, 0) * fade * np.float32(0.32), (226, 252, 240))
    canvas.blend(canvas.hills(GROUND + 0.07, 0.025, _waves(rng)), (222, 204, 152))
    count = max(3, round(4 * canvas.aspect))
    xs, ys = _drifting(canvas, rng, count, -0.13, 0.015)
    radius = rng.uniform(0.028, 0.042, count)
    canvas.sprinkle(canvas.discs(xs, ys, radius) * np.float32(0.45), (196, 242, 246))
    canvas.sprinkle(
        canvas.discs(xs - 0.25 * radius, ys - 0.3 * radius, 0.4 * radius, soft=0.02) * np.float32(0.8),
        (255, 255, 255),
    )


def snow(canvas, rng):
    """Big snowflakes over white hills."""
    canvas.gradient([(0, (112, 154, 206)), (0.8, (196, 216, 238)), (1, (196, 216, 238))])
    canvas.blend(canvas.hills(GROUND - 0.03, 0.04, _waves(rng)), (222, 232, 246))
    canvas.blend(canvas.hills(GROUND + 0.06, 0.025, _waves(rng)), (242, 247, 254))
    count = max(5, round(8 * canvas.aspect))
    xs, ys = _drifting(canvas, rng, count, 0.13, 0.02)
    canvas.sprinkle(
        canvas.discs(xs, ys, rng.uniform(0.02, 0.032, count), soft=max(canvas.edge, 0.012)), (253, 254, 255)
    )


def rain(canvas, rng):
    """A dark cloud over grey hills, and big drops."""
    canvas.gradient([(0, (98, 114, 140)), (0.8, (164, 178, 192)), (1, (164, 178, 192))])
    canvas.blend(canvas.hills(GROUND - 0.02, 0.03, _waves(rng)), (106, 128, 128))
    canvas.blend(canvas.hills(GROUND + 0.07, 0.02, _waves(rng)), (84, 108, 110))
    count = max(5, round(8 * canvas.aspect))
    xs, ys = _drifting(canvas, rng, count, 0.4, 0.0)
    canvas.sprinkle(canvas.discs(xs, ys, 0.016, 0.042) * np.float32(0.75), (206, 226, 242))
    _cloud(canvas, rng, rng.uniform(0.1, 0.14), rng.choice([-1, 1]) * 0.03, (84, 94, 114), (66, 76, 96), 1.35)


PAINT = {
    "by day": day,
    "at night": night,
    "at sunset": sunset,
    "under water": under_water,
    "in snow": snow,
    "in the rain": rain,
}
