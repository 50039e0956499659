"""The ten subjects, each drawn as a stack of soft shapes in its own coordinates.

A drawing function takes `u`, `v` ([F, n, n], half heights, v down, facing
right), `life` (its clock in seconds, [F, 1, 1]) and the three tones of the
named colour, and gives a list of (signed distance, RGB 0..1), lowest first.
"""

from dataclasses import dataclass

import numpy as np

from shapes import box, circle, ellipse, polygon, segment, star, turned
from world import COLOURS

INK = (0.13, 0.13, 0.20)
CREAM = (0.98, 0.95, 0.86)
GLASS = (0.74, 0.88, 0.95)
GREY = (0.62, 0.64, 0.70)
WOOD = (0.58, 0.40, 0.26)
FLAME = (1.00, 0.66, 0.16)


@dataclass(frozen=True)
class Tones:
    """Shades of one named colour: the colour, a light tint, a deep shade, the outline."""

    main: tuple
    light: tuple
    deep: tuple
    line: tuple

    @staticmethod
    def of(name: str) -> "Tones":
        rgb = np.array(COLOURS[name]) / 255.0
        if name == "white":
            tones = (rgb, (0.80, 0.83, 0.90), (0.70, 0.74, 0.83), (0.36, 0.39, 0.50))
        else:
            tones = (rgb, rgb * 0.5 + 0.5, rgb * 0.76, rgb * 0.36 + np.array([0.01, 0.01, 0.04]))
        return Tones(*(tuple(float(x) for x in t) for t in tones))


def _eye(u, v, cu, cv, radius):
    return [
        (circle(u, v, cu, cv, radius), (1.0, 1.0, 1.0)),
        (circle(u, v, cu + radius * 0.25, cv, radius * 0.58), INK),
    ]


def ball(u, v, life, t: Tones):
    disc = circle(u, v, 0, 0, 0.95)
    return [
        (disc, t.main),
        (np.maximum(disc, np.abs(v - 0.12) - 0.17), t.light),
        (circle(u, v, 0.0, -0.52, 0.2), t.deep),
    ]


def car(u, v, life, t: Tones):
    cabin = polygon(u, v, [(-0.42, -0.50), (0.25, -0.50), (0.58, 0.05), (-0.62, 0.05)], 0.06)
    body = box(u, v, 0.0, 0.22, 1.08, 0.30, 0.18)
    layers = [
        (np.minimum(body, cabin), t.main),
        (box(u, v, -0.22, -0.20, 0.22, 0.17, 0.06), GLASS),
        (box(u, v, 0.22, -0.20, 0.15, 0.17, 0.06), GLASS),
        (circle(u, v, 0.95, 0.16, 0.12), (1.0, 0.92, 0.55)),
    ]
    for cu in (-0.56, 0.56):
        a, b = turned(u, v, life * 7.0, cu, 0.50)
        layers += [
            (circle(u, v, cu, 0.50, 0.29), INK),
            (box(a, b, 0, 0, 0.19, 0.075, 0.05), (0.86, 0.87, 0.90)),
        ]
    return layers


def boat(u, v, life, t: Tones):
    u, v = turned(u, v, 0.09 * np.sin(life * 4.0))
    flutter = 0.05 * np.sin(life * 9.0)
    hull = polygon(u, v, [(-1.0, 0.36), (1.08, 0.36), (0.66, 0.84), (-0.68, 0.84)], 0.04)
    return [
        (segment(u, v, (0.0, -0.92), (0.0, 0.4), 0.06), WOOD),
        (polygon(u, v, [(0.02, -0.95), (0.36, -0.82), (0.02, -0.68)], 0.02) + flutter, t.deep),
        (polygon(u, v, [(-0.10, -0.78), (-0.10, 0.22), (-0.78, 0.22)], 0.02), t.main),
        (polygon(u, v, [(0.12, -0.52), (0.72, 0.22), (0.12, 0.22)], 0.02), t.light),
        (hull, t.main),
        (np.maximum(hull, 0.64 - v), t.deep),
    ]


def fish(u, v, life, t: Tones):
    wag = 0.30 * np.sin(life * 8.0) * np.clip(-u - 0.1, 0, 1)
    w = v - wag
    body = ellipse(u, w, 0.15, 0.0, 0.84, 0.56)
    tail = polygon(u, w, [(-0.42, 0.0), (-1.05, 0.46), (-1.05, -0.46)], 0.06)
    return [
        (tail, t.deep),
        (polygon(u, v, [(-0.25, -0.42), (0.0, -0.82), (0.40, -0.42)], 0.05), t.deep),
        (body, t.main),
        (np.maximum(body, np.abs(u + 0.12) - 0.10), t.light),
        (ellipse(u, v, 0.16, 0.20 + 0.04 * np.sin(life * 8.0), 0.18, 0.11), t.deep),
        *_eye(u, v, 0.58, -0.12, 0.19),
    ]


def bird(u, v, life, t: Tones):
    wing_u, wing_v = turned(u, v, 0.15 + 0.75 * np.sin(life * 8.0), 0.05, 0.0)
    beak = (1.0, 0.72, 0.15) if t.main[2] > 0.3 or t.main[0] < 0.5 or t.main[1] < 0.3 else (0.90, 0.36, 0.20)
    return [
        (polygon(u, v, [(-0.45, -0.06), (-0.45, 0.36), (-1.08, 0.14), (-1.16, -0.26)], 0.03), t.deep),
        (polygon(u, v, [(0.80, -0.52), (1.16, -0.34), (0.80, -0.18)], 0.03), beak),
        (np.minimum(ellipse(u, v, -0.05, 0.16, 0.74, 0.56), circle(u, v, 0.48, -0.36, 0.42)), t.main),
        (ellipse(u, v, 0.20, 0.40, 0.42, 0.26), t.light),
        (ellipse(wing_u, wing_v, -0.42, 0.0, 0.52, 0.24), t.deep),
        *_eye(u, v, 0.58, -0.42, 0.16),
    ]


def balloon(u, v, life, t: Tones):
    sway = 0.06 * np.sin(life * 3.0) * (v + 0.4)
    a = u - sway
    bag = np.minimum(
        ellipse(a, v, 0.0, -0.32, 0.78, 0.66),
        polygon(a, v, [(-0.70, -0.06), (0.70, -0.06), (0.22, 0.44), (-0.22, 0.44)], 0.02),
    )
    return [
        (segment(a, v, (-0.19, 0.42), (-0.17, 0.74), 0.04), WOOD),
        (segment(a, v, (0.19, 0.42), (0.17, 0.74), 0.04), WOOD),
        (bag, t.main),
        (np.maximum(bag, np.abs(np.abs(a) - 0.40 * np.clip(1.0 - 1.1 * v, 0.3, 1.1)) - 0.10), t.light),
        (np.maximum(bag, 0.32 - v), t.deep),
        (box(a, v, 0.0, 0.84, 0.24, 0.15, 0.05), WOOD),
    ]


def rocket(u, v, life, t: Tones):
    flicker = 0.10 * np.sin(life * 14.0)
    body = np.maximum(circle(u, v, -0.72, -0.10, 1.10), circle(u, v, 0.72, -0.10, 1.10))
    body = np.maximum(body, v - 0.46)
    fins = [
        polygon(u, v, [(-0.26, 0.06), (-0.26, 0.52), (-0.62, 0.66), (-0.60, 0.40)], 0.03),
        polygon(u, v, [(0.26, 0.06), (0.60, 0.40), (0.62, 0.66), (0.26, 0.52)], 0.03),
    ]
    return [
        (ellipse(u, v, 0.0, 0.58, 0.20, 0.34 + flicker), FLAME),
        (np.minimum(*fins), t.deep),
        (body, t.main),
        (np.maximum(body, v + 0.50), t.light),
        (circle(u, v, 0.0, -0.12, 0.21), INK),
        (circle(u, v, 0.0, -0.12, 0.15), GLASS),
    ]


def star_shape(u, v, life, t: Tones):
    u, v = turned(u, v, 0.10 * np.sin(life * 4.0))
    smile = np.maximum(np.abs(circle(u, v, 0.0, 0.08, 0.20)) - 0.05, 0.12 - v)
    return [
        (star(u, v, 1.02, 0.56) - 0.08, t.main),
        (circle(u, v, -0.40, 0.16, 0.11), t.light),
        (circle(u, v, 0.40, 0.16, 0.11), t.light),
        (ellipse(u, v, -0.21, -0.06, 0.09, 0.13), INK),
        (ellipse(u, v, 0.21, -0.06, 0.09, 0.13), INK),
        (smile, INK),
    ]


def windmill(u, v, life, t: Tones):
    a, b = turned(u, v, life * 2.2, 0.0, -0.28)
    arm_u, arm_v = np.maximum(np.abs(a), np.abs(b)), np.minimum(np.abs(a), np.abs(b))
    tower = polygon(u, v, [(-0.34, -0.42), (0.34, -0.42), (0.58, 0.96), (-0.58, 0.96)], 0.02)
    return [
        (tower, t.main),
        (polygon(u, v, [(0.0, -0.76), (0.42, -0.36), (-0.42, -0.36)], 0.03), t.deep),
        (box(u, v, 0.0, 0.74, 0.15, 0.23, 0.08), INK),
        (box(arm_u, arm_v, 0.54, 0.0, 0.32, 0.13, 0.03), CREAM),
        (box(arm_u, arm_v, 0.42, 0.0, 0.44, 0.045, 0.02), WOOD),
        (circle(a, b, 0.0, 0.0, 0.13), WOOD),
    ]


def jellyfish(u, v, life, t: Tones):
    pulse = 0.06 * np.sin(life * 5.0)
    layers = []
    for i, cu in enumerate((-0.48, -0.16, 0.16, 0.48)):
        wave = 0.12 * np.sin(5.0 * v - life * 6.0 + i * 1.1) * np.clip(v + 0.1, 0, 1)
        line = np.maximum(np.abs(u - cu - wave) - 0.085, np.maximum(v - (0.94 - 0.12 * (i % 2)), -v - 0.2))
        layers.append((line, t.light if i % 2 else t.deep))
    bell = np.maximum(ellipse(u, v, 0.0, 0.06, 0.84 + pulse, 0.98 - pulse), v - 0.10)
    return layers + [
        (bell, t.main),
        (np.maximum(bell, -0.04 - v), t.light),
        (ellipse(u, v, -0.26, -0.26, 0.10, 0.15), INK),
        (ellipse(u, v, 0.26, -0.26, 0.10, 0.15), INK),
    ]


DRAW = {
    "ball": ball, "car": car, "boat": boat, "fish": fish, "bird": bird,
    "balloon": balloon, "rocket": rocket, "star": star_shape,
    "windmill": windmill, "jellyfish": jellyfish,
}
