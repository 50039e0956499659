"""Weights made from a formula (src/cli/synthesize/formula.ts): the same values in any language, and not a byte to store."""
import numpy as np
import torch

CHUNK = 1 << 20


def fnv1a32(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def rule(name, shape):
    """centre and spread of the parameter's values, by the first rule that fits."""
    if name.endswith("modulation"):
        return 0.0, 0.3
    if name.endswith("gamma") or ("norm" in name and name.endswith("weight")):
        return 1.0, 0.2
    if name.endswith("bias"):
        return 0.0, 0.05
    if "pos_embedding" in name or "token_embedding" in name:
        return 0.0, 1.0
    return 0.0, float(np.sqrt(3 / np.prod(shape[1:], dtype=np.float64)))


def uniform(start, count):
    """In [-1, 1) for the numbers from `start` on, mod 2^32."""
    h = np.arange(count, dtype=np.uint32) + np.uint32(start & 0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        h ^= h >> np.uint32(shift)
        h *= np.uint32(factor)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def formula_rows(name, shape, first, rows, salt=""):
    """Rows of the parameter `name` as f32 after their one rounding to f16."""
    centre, spread = rule(name, shape)
    width = int(np.prod(shape[1:]))
    start, count = fnv1a32(salt + name) + first * width, rows * width
    out = np.empty(count, np.float32)
    for begin in range(0, count, CHUNK):
        part = uniform(start + begin, min(CHUNK, count - begin))
        out[begin:begin + len(part)] = (centre + spread * part).astype(np.float16)
    return torch.from_numpy(out).reshape(rows, *shape[1:])


def formula_tensor(name, shape, salt=""):
    return formula_rows(name, shape, 0, shape[0], salt)
