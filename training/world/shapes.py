"""Signed distances (negative inside) in a subject's own coordinates.

`u` (right) and `v` (down) are float32 arrays of any one shape; lengths are in
units of the subject's half height.
"""

import numpy as np


def circle(u, v, cu, cv, radius):
    return np.hypot(u - cu, v - cv) - radius


def ellipse(u, v, cu, cv, ru, rv):
    """Near enough at the edge for a soft outline."""
    a, b = (u - cu) / ru, (v - cv) / rv
    k = np.hypot(a, b)
    slope = np.hypot(a / ru, b / rv) + 1e-4
    return k * (k - 1.0) / slope


def box(u, v, cu, cv, hu, hv, corner=0.0):
    """A rectangle of half sizes hu x hv with rounded corners."""
    a = np.abs(u - cu) - (hu - corner)
    b = np.abs(v - cv) - (hv - corner)
    outside = np.hypot(np.maximum(a, 0), np.maximum(b, 0))
    return outside + np.minimum(np.maximum(a, b), 0) - corner


def segment(u, v, start, end, radius):
    """A thick line with round ends."""
    (su, sv), (eu, ev) = start, end
    du, dv = eu - su, ev - sv
    pu, pv = u - su, v - sv
    along = np.clip((pu * du + pv * dv) / (du * du + dv * dv), 0, 1)
    return np.hypot(pu - along * du, pv - along * dv) - radius


def polygon(u, v, points, corner=0.0):
    """A convex polygon, its points (u, v) given clockwise on the screen."""
    distance = None
    for (au, av), (bu, bv) in zip(points, points[1:] + points[:1]):
        length = float(np.hypot(bu - au, bv - av))
        nu, nv = (bv - av) / length, (au - bu) / length
        side = (u - au) * nu + (v - av) * nv
        distance = side if distance is None else np.maximum(distance, side)
    return distance - corner


def star(u, v, radius, depth=0.5, points=5):
    """A star with one point up; inner radius = depth * radius."""
    step = np.pi / points
    angle = np.abs((np.arctan2(u, -v) + step) % (2 * step) - step)
    length = np.hypot(u, v)
    pu, pv = length * np.cos(angle), length * np.sin(angle)
    # The edge runs from the tip (radius, 0) to the notch at angle `step`.
    eu, ev = radius * depth * np.cos(step) - radius, radius * depth * np.sin(step)
    norm = float(np.hypot(eu, ev))
    return ((pu - radius) * ev - pv * eu) / norm


def turned(u, v, angle, cu=0.0, cv=0.0):
    """Coordinates turned by -angle (radians) about (cu, cv): what is drawn turns by +angle."""
    c, s = np.cos(angle), np.sin(angle)
    pu, pv = u - cu, v - cv
    return c * pu + s * pv, c * pv - s * pu
