"""Soft painting of many frames at once, planar float32 RGB in 0..1, [3, F, H, W].

Lengths are in frame heights, x runs 0..aspect, y 0..1 down. Edges are as sharp as the
pixels allow, so the same picture comes out at any size.
"""

import numpy as np

EDGE = 1.4  # width of an antialiased edge, pixels


class Canvas:
    """Painting over [3, F, H, W]; `seconds` is the clock of each frame, [F].

    Without `particles` (stars, bubbles, flakes, drops) only the wide parts are painted.
    """

    def __init__(self, seconds: np.ndarray, height: int, width: int, particles: bool = True):
        self.seconds, self.particles = seconds.astype(np.float32), particles
        self.aspect = width / height
        self.edge = EDGE / height
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

    def sprinkle(self, alpha, rgb):
        """Lays particles over the canvas, where they are wanted."""
        if self.particles:
            self.blend(alpha, rgb)

    def discs(self, xs, ys, rx, ry=None, soft=None):
        """Alpha [F, H, W] of ellipses that move; centres [N] or [F, N], radii [N] or numbers."""
        frames = len(self.seconds)
        xs, ys = (np.broadcast_to(np.asarray(p, np.float32), (frames, np.shape(p)[-1])) for p in (xs, ys))
        rx = np.broadcast_to(np.asarray(rx, np.float32), xs.shape[1:])
        ry = rx if ry is None else np.broadcast_to(np.asarray(ry, np.float32), xs.shape[1:])
        soft, (height, width) = soft or self.edge, self.rgb.shape[2:]
        alpha = np.zeros((frames, height, width), np.float32)
        for n in range(xs.shape[1]):
            reach = max(rx[n], ry[n]) + soft
            for f in range(frames):
                rows = slice(
                    max(int((ys[f, n] - reach) * height), 0), max(int((ys[f, n] + reach) * height) + 2, 0)
                )
                columns = slice(
                    max(int((xs[f, n] - reach) * height), 0), max(int((xs[f, n] + reach) * height) + 2, 0)
                )
                away = np.hypot(
                    (self.x[None, columns] - xs[f, n]) / rx[n], (self.y[rows, None] - ys[f, n]) / ry[n]
                )
                cover = np.clip(0.5 - (away - 1) * min(rx[n], ry[n]) / soft, 0, 1)
                part = alpha[f, rows, columns]
                np.maximum(part, cover, out=part)
        return alpha

    def disc(self, cx, cy, radius, soft=None):
        """Alpha [H, W] of a disc that stands still."""
        away = np.hypot(self.x[None] - cx, self.y[:, None] - cy) - radius
        return np.clip(0.5 - away / (soft or self.edge), 0, 1)

    def glow(self, cx, cy, radius):
        """Alpha [H, W] of a wide soft light."""
        return np.exp(-((self.x[None] - cx) ** 2 + (self.y[:, None] - cy) ** 2) / radius**2)

    def hills(self, level, height, waves):
        """Alpha [H, W] of ground below a wavy line; waves are (frequency, phase) pairs."""
        line = level + sum(height * np.sin(f * self.x + p) for f, p in waves) / len(waves)
        return np.clip(0.5 + (self.y[:, None] - line[None]) / self.edge, 0, 1)
