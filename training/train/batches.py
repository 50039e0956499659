"""Batches that follow from (seed, step); a rank takes its slice."""

import multiprocessing
from collections import deque
from itertools import islice

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
    """This rank's share of the noise of a global batch, on its device; `shape` is the global one."""
    # One process on a GPU draws there; several draw alike on the CPU, so that each finds its share.
    device = world.device if world.size == 1 else torch.device("cpu")
    generator = torch.Generator(device).manual_seed((seed * 1_000_003 + step) % (1 << 62))
    return rank_slice(torch.randn(shape, generator=generator, device=device), world).to(world.device)


_prepare = None


def _inherit(prepare):
    """A worker's start: it has `prepare` from its parent, with all that it reads, and no copy is made."""
    global _prepare
    _prepare = prepare
    torch.set_num_threads(1)


def _arrays(index):
    return [np.asarray(part) for part in _prepare(index)]


def ahead(prepare, indices, workers):
    """The tensors of prepare(index) for every index in turn; with workers, by processes that run ahead."""
    if not workers:
        for index in indices:
            yield [torch.as_tensor(part) for part in prepare(index)]
        return
    with multiprocessing.get_context("fork").Pool(workers, _inherit, (prepare,)) as pool:
        waiting, rest = deque(), iter(indices)
        while True:
            waiting.extend(pool.apply_async(_arrays, (i,)) for i in islice(rest, 4 * workers - len(waiting)))
            if not waiting:
                return
            yield [torch.from_numpy(part) for part in waiting.popleft().get()]


def clip_batch(caches, seed, step, count, frames, size, world):
    """A batch of crops of rendered clips, in equal shares from every cache."""
    rng = batch_rng(seed, step)
    source = rng.integers(len(caches), size=count)
    crops = [caches[s].crops(rng, 1, frames, size)[0] for s in source]
    return to_frames(np.stack(rank_slice(crops, world)), world.device)
