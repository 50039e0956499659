"""Plain image measures: which background a clip has, and where its subject is.

All of them compare a clip with what the world's own painter can paint, so
nothing here is trained. Clips are float32 [F, H, W, 3] in 0..1.
"""

from functools import cache

import numpy as np

from training.world.backgrounds import PAINT
from training.world.canvas import Canvas
from training.world.scenes import BACKGROUNDS

SIZE = 64  # the height at which background models are painted
BANDS = 16  # horizontal bands, each with its own set of background colours
BINS = 20  # colour cells along each of R, G, B
LEAST_AREA = 0.008  # a subject covers more than this, squared frame heights
COMMON = 0.0015  # rarer colours of a band (its stars) do not count as background
PARTICLE = 0.035  # no star, bubble, flake or drop has a greater radius than this, frame heights
BORDER = 0.12  # width of the border that tells the background, frame heights


@cache
def _painted(background: str) -> np.ndarray:
    """Samples of one background without subjects and particles, [32 * 4, H, W, 3]."""
    clips = []
    for seed in range(32):
        canvas = Canvas(np.linspace(0, 2, 4), SIZE, SIZE, particles=False)
        PAINT[background](canvas, np.random.default_rng([seed, 5]))
        clips.append(canvas.rgb.transpose(1, 2, 3, 0))
    return np.concatenate(clips)


def border_profile(frames: np.ndarray) -> np.ndarray:
    """Median colours of top, sides (in four heights) and bottom, [6, 3]."""
    height, width = frames.shape[1:3]
    edge = max(2, round(BORDER * height))
    parts = [frames[:, :edge].reshape(-1, 3)]
    sides = np.concatenate([frames[:, :, :edge], frames[:, :, width - edge :]], axis=2)
    parts += [p.reshape(-1, 3) for p in np.array_split(sides, 4, axis=1)]
    parts.append(frames[:, height - edge // 2 :].reshape(-1, 3))
    return np.stack([np.median(p, axis=0) for p in parts])


@cache
def _profile_of(background: str) -> np.ndarray:
    return border_profile(_painted(background))


def background_of(frames: np.ndarray) -> str:
    """The background whose border colours are nearest (median over the six parts)."""
    seen = border_profile(frames)
    miss = {b: float(np.median(np.linalg.norm(seen - _profile_of(b), axis=1))) for b in BACKGROUNDS}
    return min(miss, key=miss.get)


@cache
def _distance_table(background: str) -> np.ndarray:
    """How far each colour cell is from the background's own colours, [BANDS, BINS^3]."""
    axis = (np.arange(BINS) + 0.5) / BINS
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3).astype(np.float32)
    painted = _painted(background)
    table = np.empty((BANDS, BINS**3), np.float32)
    for band in range(BANDS):
        low, high = max(0, band * SIZE // BANDS - 1), (band + 1) * SIZE // BANDS + 1
        pixels = painted[:, low:high].reshape(-1, 3)
        codes, counts = np.unique(_codes(pixels), return_counts=True)
        own = cells[codes[counts > COMMON * len(pixels)]]
        square = (cells**2).sum(1)[:, None] + (own**2).sum(1)[None] - 2 * cells @ own.T
        table[band] = np.sqrt(np.maximum(square.min(1), 0))
    return table


def _codes(pixels: np.ndarray) -> np.ndarray:
    cell = np.minimum((pixels * BINS).astype(np.int32), BINS - 1)
    return (cell[..., 0] * BINS + cell[..., 1]) * BINS + cell[..., 2]


def _smooth(field: np.ndarray, radius: int) -> np.ndarray:
    """A box mean of (2 radius + 1) pixels over the two middle axes of [F, H, W]."""
    for axis in (1, 2):
        pad = [(0, 0)] * field.ndim
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis)
        head = np.take(total, range(2 * radius + 1, total.shape[axis]), axis=axis)
        field = (head - np.take(total, range(0, total.shape[axis] - 2 * radius - 1), axis=axis)) / (
            2 * radius + 1
        )
    return field


def _opened(field: np.ndarray, radius: int) -> np.ndarray:
    """Nothing narrower than (2 radius + 1) pixels: the least of a square, then the greatest, of [F, H, W]."""
    for choose in (np.minimum, np.maximum):
        for axis in (1, 2):
            size = field.shape[axis]
            pad = [(0, 0)] * field.ndim
            pad[axis] = (radius, radius)
            wide = np.pad(field, pad, mode="edge")
            field = np.take(wide, range(size), axis=axis)
            for shift in range(1, 2 * radius + 1):
                field = choose(field, np.take(wide, range(shift, shift + size), axis=axis))
    return field


def subject_weight(frames: np.ndarray, background: str, threshold: float = 0.12) -> np.ndarray:
    """How surely each pixel is not background, 0..1, [F, H, W]."""
    height = frames.shape[1]
    table = _distance_table(background)
    band = np.minimum(np.arange(height) * BANDS // height, BANDS - 1)
    near = _opened(table[band[None, :, None], _codes(frames)], max(1, round(PARTICLE * height)))
    near = _smooth(near, max(1, height // 64))
    return np.clip((near - threshold) / 0.06, 0, 1)


def centre_and_size(weight: np.ndarray):
    """Centroid x, y and spread (root second moment) in frame heights, each [F]; the local weight; found [F].

    The centroid looks again at what lies near it, so that a stray spot
    elsewhere does not count. Frames without a subject take their neighbours'
    values.
    """
    frames, height, width = weight.shape
    x = ((np.arange(width) + 0.5) / height)[None, None, :]
    y = ((np.arange(height) + 0.5) / height)[None, :, None]
    local = weight
    for _ in range(4):
        total = local.sum((1, 2), keepdims=True) + 1e-6
        cx = (local * x).sum((1, 2), keepdims=True) / total
        cy = (local * y).sum((1, 2), keepdims=True) / total
        square = (x - cx) ** 2 + (y - cy) ** 2
        spread = np.sqrt((local * square).sum((1, 2), keepdims=True) / total)
        local = weight * (square < np.minimum(np.maximum(2.6 * spread, 0.12), 0.5) ** 2)
    found = local.sum((1, 2)) > LEAST_AREA * height * height
    track = [cx[:, 0, 0], cy[:, 0, 0], spread[:, 0, 0]]
    if found.any():
        steps = np.arange(frames)
        track = [np.interp(steps, steps[found], values[found]) for values in track]
    return (*track, local, found)


def split_in_two(weight: np.ndarray) -> list[np.ndarray]:
    """Two parts of a weight map, cut by one upright or level line where they part best."""
    best, parts = -1.0, []
    for axis in (2, 1):
        profile = weight.sum(tuple(a for a in (0, 1, 2) if a != axis))
        place = np.arange(len(profile)) / len(profile)
        low = np.cumsum(profile)[:-1]
        high = low[-1] + profile[-1] - low
        moment = np.cumsum(profile * place)
        gap = (moment[-1] - moment[:-1]) / (high + 1e-6) - moment[:-1] / (low + 1e-6)
        between = low * high * gap**2 / (profile.sum() ** 2 + 1e-6)
        total = (profile * (place - moment[-1] / (profile.sum() + 1e-6)) ** 2).sum() / (profile.sum() + 1e-6)
        cut = int(between.argmax()) + 1
        score = between.max() / (total + 1e-6)
        if score > best:
            mask = np.arange(len(profile)) < cut
            mask = mask[None, None, :] if axis == 2 else mask[None, :, None]
            best, parts = score, [weight * mask, weight * ~mask]
    return parts


def sample_at(frames: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear samples of [F, H, W, C] at x, y ([F, ...], frame heights): [F, ..., C]."""
    count, height, width = frames.shape[:3]
    px = np.clip(x * height - 0.5, 0, width - 1.001)
    py = np.clip(y * height - 0.5, 0, height - 1.001)
    ix, iy = px.astype(int), py.astype(int)
    fx, fy = (px - ix)[..., None], (py - iy)[..., None]
    f = np.arange(count).reshape((count,) + (1,) * (x.ndim - 1))
    top = frames[f, iy, ix] * (1 - fx) + frames[f, iy, np.minimum(ix + 1, width - 1)] * fx
    low_y = np.minimum(iy + 1, height - 1)
    low = frames[f, low_y, ix] * (1 - fx) + frames[f, low_y, np.minimum(ix + 1, width - 1)] * fx
    return top * (1 - fy) + low * fy
