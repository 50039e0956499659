"""Other looks of the drawn world: functions from a clip, uint8 [F, H, W, 3], to the same clip re-coloured."""

import numpy as np

GREY = np.array([0.299, 0.587, 0.114], np.float32)
NIGHT = np.array([0.03, 0.02, 0.09], np.float32)


def _blurred(x, times):
    """Each pixel mixed with its neighbours, `times` over; [F, H, W, ...]."""
    for _ in range(times):
        for axis in (1, 2):
            before, after = np.roll(x, 1, axis), np.roll(x, -1, axis)
            edge = [slice(None)] * x.ndim
            for end, own in ((0, before), (-1, after)):
                edge[axis] = end
                own[tuple(edge)] = x[tuple(edge)]
            x = 0.5 * x + 0.25 * (before + after)
    return x


def _edges(x):
    """How much the colour changes at each pixel, [F, H, W, 1], 0 to 1."""
    dy = np.abs(np.diff(x, axis=1, append=x[:, -1:])).sum(-1, keepdims=True)
    dx = np.abs(np.diff(x, axis=2, append=x[:, :, -1:])).sum(-1, keepdims=True)
    return np.clip(dx + dy, 0, 1)


def night_neon(clip):
    """A dark blue night in which edges glow in strong colours."""
    x = clip.astype(np.float32) / 255
    grey = (x @ GREY)[..., None]
    vivid = np.clip(grey + 2.2 * (x - grey), 0, 1)
    glow = _edges(x) * np.clip(vivid + 0.25, 0, 1)
    halo = _blurred(glow, max(2, clip.shape[1] // 24))
    return _pixels(NIGHT + 0.22 * vivid + 0.95 * glow + 0.8 * halo)


def watercolour(clip):
    """Pale washes that run together, on white paper, with darker rims."""
    x = clip.astype(np.float32) / 255
    soft = _blurred(x, max(1, clip.shape[1] // 32))
    rim = _blurred(_edges(x), 1)
    return _pixels(1 - 0.72 * (1 - soft) - 0.25 * rim * (1 - soft))


def _pixels(x):
    return (np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8)


STYLES = {"night-neon": night_neon, "watercolour": watercolour}
