"""The ten subjects, each drawn as a stack of soft shapes in its own coordinates.

A drawing function takes `u`, `v` ([F, n, n], half heights, v down, facing right),
`life` (its clock in seconds, [F, 1, 1]) and the three tones of the named colour, and
gives a list of (signed distance, RGB 0..1), lowest first. No part is thinner than a
sixth of the half height, which is two pixels at 64 x 64; light and shade are the
renderer's.
"""

from dataclasses import dataclass

import numpy as np

from training.world.scenes import COLOURS
from training.world.shapes import box, circle, ellipse, polygon, segment, star, turned

INK = (0.13, 0.13, 0.20)
CREAM = (0.98, 0.95, 0.86)
GLASS = (0.72, 0.88, 0.97)
WOOD = (0.58, 0.40, 0.26)
FLAME = (1.00, 0.66, 0.16)

# How far below its centre a subject touches the ground, in half heights.
FOOT = {"car": 0.80, "boat": 0.80, "windmill": 0.95}


@dataclass(frozen=True)
class Tones:
    """Shades of one named colour: the colour, a light tint, a deep shade."""

    main: tuple
    light: tuple
    deep: tuple

    @staticmethod
    def of(name: str) -> "Tones":
        rgb = np.array(COLOURS[name]) / 255.0
        tones = (
            (rgb, (0.80, 0.83, 0.90), (0.70, 0.74, 0.83))
            if name == "white"
            else (rgb, rgb * 0.5 + 0.5, rgb * 0.74)
        )
        return Tones(*(tuple(float(x) for x in t) for t in tones))


def _eye(u, v, cu, cv, radius):
    return [
        (circle(u, v, cu, cv, radius), (1.0, 1.0, 1.0)),
        (circle(u, v, cu + radius * 0.22, cv, radius * 0.62), INK),
    ]


def _face(u, v, cv, wide, size):
    """Two eyes and a smile."""
    smile = np.maximum(np.abs(circle(u, v, 0.0, cv + 0.10, 0.20)) - 0.07, cv + 0.16 - v)
    return [
        (ellipse(u, v, -wide, cv, size, size * 1.3), INK),
        (ellipse(u, v, wide, cv, size, size * 1.3), INK),
        (smile, INK),
    ]


def ball(u, v, life, t: Tones):
    disc = circle(u, v, 0, 0, 0.95)
    bent = v - 0.22 * u * u
    return [
        (disc, t.main),
        (np.maximum(disc, np.abs(bent - 0.05) - 0.22), t.light),
        (np.maximum(disc, bent + 0.55), t.deep),
    ]


def car(u, v, life, t: Tones):
    bob = 0.025 * np.sin(life * 4.0)
    w = v - bob
    cabin = polygon(u, w, [(-0.44, -0.46), (0.22, -0.46), (0.56, 0.02), (-0.64, 0.02)], 0.10)
    body = box(u, w, 0.0, 0.20, 1.08, 0.33, 0.22)
    layers = [
        (np.minimum(body, cabin), t.main),
        (np.maximum(body, 0.34 - w), t.deep),
        (box(u, w, -0.24, -0.22, 0.21, 0.17, 0.07), GLASS),
        (box(u, w, 0.23, -0.22, 0.16, 0.17, 0.07), GLASS),
        (circle(u, w, 0.92, 0.14, 0.13), (1.0, 0.93, 0.60)),
    ]
    for cu in (-0.56, 0.56):
        layers += [(circle(u, v, cu, 0.50, 0.31), INK), (circle(u, v, cu, 0.50, 0.14), (0.86, 0.87, 0.90))]
    return layers


def boat(u, v, life, t: Tones):
    u, v = turned(u, v, 0.07 * np.sin(life * 2.4))
    hull = polygon(u, v, [(-1.0, 0.34), (1.08, 0.34), (0.66, 0.80), (-0.66, 0.80)], 0.08)
    return [
        (segment(u, v, (0.0, -0.90), (0.0, 0.4), 0.085), WOOD),
        (polygon(u, v, [(-0.14, -0.86), (-0.14, 0.20), (-0.84, 0.20)], 0.04), t.main),
        (polygon(u, v, [(0.14, -0.66), (0.82, 0.20), (0.14, 0.20)], 0.04), t.light),
        (hull, t.main),
        (np.maximum(hull, 0.60 - v), t.deep),
    ]


def fish(u, v, life, t: Tones):
    w = v - 0.24 * np.sin(life * 4.5) * np.clip(-u - 0.1, 0, 1)
    body = ellipse(u, w, 0.15, 0.0, 0.86, 0.62)
    return [
        (polygon(u, w, [(-0.40, 0.0), (-1.05, 0.50), (-1.05, -0.50)], 0.08), t.deep),
        (polygon(u, v, [(-0.28, -0.42), (0.0, -0.88), (0.42, -0.42)], 0.07), t.deep),
        (body, t.main),
        (np.maximum(body, np.abs(u + 0.16) - 0.12), t.light),
        (ellipse(u, v, 0.18, 0.22 + 0.03 * np.sin(life * 4.5), 0.20, 0.13), t.deep),
        *_eye(u, v, 0.56, -0.14, 0.21),
    ]


def bird(u, v, life, t: Tones):
    wing_u, wing_v = turned(u, v, 0.10 + 0.60 * np.sin(life * 4.5), 0.05, 0.0)
    beak = (1.0, 0.72, 0.15) if t.main[2] > 0.3 or t.main[0] < 0.5 or t.main[1] < 0.3 else (0.90, 0.36, 0.20)
    return [
        (polygon(u, v, [(-0.45, -0.10), (-0.45, 0.40), (-1.08, 0.16), (-1.16, -0.30)], 0.05), t.deep),
        (polygon(u, v, [(0.78, -0.56), (1.18, -0.34), (0.78, -0.12)], 0.05), beak),
        (np.minimum(ellipse(u, v, -0.05, 0.16, 0.76, 0.60), circle(u, v, 0.46, -0.36, 0.45)), t.main),
        (ellipse(u, v, 0.20, 0.42, 0.44, 0.28), t.light),
        (ellipse(wing_u, wing_v, -0.40, 0.0, 0.54, 0.28), t.deep),
        *_eye(u, v, 0.56, -0.42, 0.19),
    ]


def balloon(u, v, life, t: Tones):
    a = u - 0.04 * np.sin(life * 2.0) * (v + 0.4)
    bag = np.minimum(
        ellipse(a, v, 0.0, -0.30, 0.82, 0.68),
        polygon(a, v, [(-0.74, -0.04), (0.74, -0.04), (0.24, 0.46), (-0.24, 0.46)], 0.04),
    )
    return [
        (polygon(a, v, [(-0.24, 0.40), (0.24, 0.40), (0.20, 0.74), (-0.20, 0.74)], 0.02), CREAM),
        (bag, t.main),
        (np.maximum(bag, np.abs(a) - 0.26 * np.clip(1.0 - 1.1 * v, 0.3, 1.1)), t.light),
        (np.maximum(bag, 0.30 - v), t.deep),
        (box(a, v, 0.0, 0.82, 0.26, 0.18, 0.07), WOOD),
    ]


def rocket(u, v, life, t: Tones):
    body = np.maximum(circle(u, v, -0.66, -0.10, 1.10), circle(u, v, 0.66, -0.10, 1.10))
    body = np.maximum(body, v - 0.46)
    fins = [
        polygon(u, v, [(-0.26, 0.00), (-0.26, 0.54), (-0.68, 0.70), (-0.66, 0.38)], 0.06),
        polygon(u, v, [(0.26, 0.00), (0.66, 0.38), (0.68, 0.70), (0.26, 0.54)], 0.06),
    ]
    return [
        (ellipse(u, v, 0.0, 0.56, 0.24, 0.40 + 0.06 * np.sin(life * 5.0)), FLAME),
        (np.minimum(*fins), t.deep),
        (body, t.main),
        (np.maximum(body, v + 0.46), t.light),
        (circle(u, v, 0.0, -0.08, 0.25), INK),
        (circle(u, v, 0.0, -0.08, 0.17), GLASS),
    ]


def star_shape(u, v, life, t: Tones):
    u, v = turned(u, v, 0.10 * np.sin(life * 2.4))
    return [
        (star(u, v, 1.0, 0.58) - 0.10, t.main),
        (circle(u, v, -0.44, 0.14, 0.13), t.light),
        (circle(u, v, 0.44, 0.14, 0.13), t.light),
        *_face(u, v, -0.08, 0.22, 0.12),
    ]


def windmill(u, v, life, t: Tones):
    a, b = turned(u, v, life * 1.1, 0.0, -0.26)
    arm_u, arm_v = np.maximum(np.abs(a), np.abs(b)), np.minimum(np.abs(a), np.abs(b))
    return [
        (polygon(u, v, [(-0.36, -0.40), (0.36, -0.40), (0.58, 0.95), (-0.58, 0.95)], 0.05), t.main),
        (polygon(u, v, [(0.0, -0.80), (0.48, -0.34), (-0.48, -0.34)], 0.05), t.deep),
        (box(u, v, 0.0, 0.72, 0.17, 0.25, 0.12), INK),
        (box(arm_u, arm_v, 0.48, 0.0, 0.42, 0.15, 0.06), CREAM),
        (circle(a, b, 0.0, 0.0, 0.17), WOOD),
    ]


def jellyfish(u, v, life, t: Tones):
    pulse = 0.04 * np.sin(life * 3.0)
    layers = []
    for i, cu in enumerate((-0.50, 0.0, 0.50)):
        wave = 0.13 * np.sin(3.5 * v - life * 3.0 + i * 1.1) * np.clip(v + 0.1, 0, 1)
        arm = np.maximum(np.abs(u - cu - wave) - 0.14, np.maximum(v - (0.94 - 0.10 * (i % 2)), -v - 0.2))
        layers.append((arm - 0.02, t.light if i % 2 else t.deep))
    bell = np.maximum(ellipse(u, v, 0.0, 0.10, 0.86 + pulse, 1.0 - pulse), v - 0.16) - 0.03
    return layers + [
        (bell, t.main),
        (np.maximum(bell, 0.02 - v), t.light),
        *_face(u, v, -0.34, 0.26, 0.12),
    ]


DRAW = {
    "ball": ball,
    "car": car,
    "boat": boat,
    "fish": fish,
    "bird": bird,
    "balloon": balloon,
    "rocket": rocket,
    "star": star_shape,
    "windmill": windmill,
    "jellyfish": jellyfish,
}
