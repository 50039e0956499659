"""Batches that follow from (seed, step); a rank takes its slice."""

import numpy as np
import torch

from training.models.frames import to_frames


def batch_rng(seed, step, purpose=0):
    return np.random.default_rng([seed, step, purpose])


def rank_slice(items, world):
    """This rank's share of a global batch."""
    share = len(items) // world.size
    return items[world.rank * share : (world.rank + 1) * share]


def global_normal(shape, seed, step, world):
    """This rank's share of the noise of a global batch; `shape` is the global one."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + step) % (1 << 62))
    return rank_slice(torch.randn(shape, generator=generator), world)


def clip_batch(caches, seed, step, count, frames, size, world):
    """A batch of crops of rendered clips, in equal shares from every cache."""
    rng = batch_rng(seed, step)
    source = rng.integers(len(caches), size=count)
    crops = [caches[s].crops(rng, 1, frames, size)[0] for s in source]
    return to_frames(np.stack(rank_slice(crops, world)))
