"""Colour and motion of a subject by plain measures; clips are float32 [F, H, W, 3] in 0..1."""

from functools import lru_cache

import numpy as np

from training.evaluate.measure import sample_at
from training.world.scenes import COLOURS
from training.world.subjects import CREAM, FLAME, GLASS, INK, WOOD, Tones

NEUTRALS = (CREAM, FLAME, GLASS, INK, WOOD)
TONE_VOTES = (1.0, 0.25, 0.6)  # main, light, deep
WHITE_NEEDS = 0.75  # another colour's votes per white vote that outvote white


@lru_cache(maxsize=1)
def _tone_table():
    """Prototype colours [P, 3], the colour name index (-1: none) and votes of each."""
    rows, owners, votes = [], [], []
    for index, name in enumerate(COLOURS):
        tones = Tones.of(name)
        for tone, vote in zip((tones.main, tones.light, tones.deep), TONE_VOTES):
            rows.append(tone)
            owners.append(index)
            votes.append(vote)
    for tone in NEUTRALS:
        rows.append(tone)
        owners.append(-1)
        votes.append(0.0)
    return np.array(rows, np.float32), np.array(owners), np.array(votes, np.float32)


def colour_votes(pixels: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Votes of pixels ([P, 3], with weights [P]) for each named colour; they sum to 1 at most."""
    table, owners, votes = _tone_table()
    square = (pixels**2).sum(1)[:, None] + (table**2).sum(1)[None] - 2 * pixels @ table.T
    nearest = square.argmin(1)
    power = votes[nearest] * weight * (square[np.arange(len(pixels)), nearest] < 0.06)
    total = weight.sum() + 1e-6
    return {name: float(power[owners[nearest] == i].sum() / total) for i, name in enumerate(COLOURS)}


def colour_of(frames: np.ndarray, weight: np.ndarray) -> str | None:
    """The named colour of what `weight` [F, H, W] covers, or None where there is next to nothing."""
    chosen = weight > 0.3
    if chosen.sum() < 40:
        return None
    votes = colour_votes(frames[chosen], weight[chosen])
    votes["white"] *= WHITE_NEEDS
    best = max(votes, key=votes.get)
    return best if votes[best] > 0.02 else None


def spin_score(frames: np.ndarray, x: np.ndarray, y: np.ndarray, spread: float) -> float:
    """How much better the clip fits a turning subject than one that keeps its pose, -1..1.

    The subject is unrolled about its centre; frames some steps apart are
    correlated over turns, and steady turns of 6.5..11.5 degrees a frame (for 33
    frames) compete with no turn.
    """
    count = len(frames)
    angles, radii = np.arange(72) * (2 * np.pi / 72), np.linspace(0.35, 1.55, 8) * spread
    px = x[:, None, None] + radii[None, :, None] * np.cos(angles)
    py = y[:, None, None] + radii[None, :, None] * np.sin(angles)
    rolled = sample_at(frames, px, py)
    rolled = (rolled - rolled.mean(2, keepdims=True)) * np.sqrt(radii)[None, :, None, None]
    spectrum = np.fft.rfft(rolled, axis=2)
    rates = np.arange(6.5, 12, 0.5) * 32.0 / max(count - 1, 1)
    turns, still, norm = np.zeros((2, len(rates))), 0.0, 1e-9
    for lag in {max(1, round(k * (count - 1) / 32)) for k in (4, 6, 8, 10)}:
        cross = np.fft.irfft((np.conj(spectrum[:-lag]) * spectrum[lag:]).sum((0, 1, 3)), 72)
        norm += np.sqrt((rolled[:-lag] ** 2).sum() * (rolled[lag:] ** 2).sum())
        still += cross[0]
        for row, sense in enumerate((1, -1)):
            turns[row] += np.interp(
                rates * lag * sense / 5.0, np.arange(73), np.append(cross, cross[0]), period=72
            )
    return float((turns.max() - still) / norm)


def motion_features(frames, x, y, spread) -> dict[str, float]:
    """Net travel, straightness and waviness of the track, growth and spin; lengths in frame sides."""
    count = len(frames)
    time = np.linspace(-0.5, 0.5, count)
    aspect = frames.shape[2] / frames.shape[1]
    slope_x = float((x * time).sum() / (time**2).sum()) / aspect
    slope_y = float((y * time).sum() / (time**2).sum())
    rest_y = y - y.mean() - slope_y * time
    third = max(1, count // 6)
    growth = float(np.log((spread[-third:].mean() + 1e-3) / (spread[:third].mean() + 1e-3)))
    middle = float(np.median(spread))
    return {
        "dx": slope_x,
        "dy": slope_y,
        "wave_y": float(rest_y.std()),
        "growth": growth,
        "spin": spin_score(frames, x, y, max(middle, 0.04)),
    }


def motion_of(features: dict[str, float]) -> str:
    """The motion that a clip's features show."""
    if abs(features["dx"]) > 0.25:
        return "moves right" if features["dx"] > 0 else "moves left"
    if features["wave_y"] > 0.045:
        return "bounces"
    if abs(features["dy"]) > 0.25:
        return "falls" if features["dy"] > 0 else "rises"
    if features["growth"] > 0.45:
        return "grows"
    return "spins" if features["spin"] > -0.05 else "stays still"
