"""What a teacher shows its student: the mean velocity of its own solution between two noise levels."""

import itertools

import torch

from training.models.mini import CAPTION_LENGTH, encode_texts, training_caption
from training.train.batches import batch_rng, rank_slice


@torch.no_grad()
def mean_velocity(velocity, x, sigmas, order=2):
    """Solves from sigmas[0] to sigmas[-1] by Euler or two-step Adams-Bashforth; velocity(y, sigma)."""
    y, before = x, None
    for a, b in itertools.pairwise(sigmas):
        v = velocity(y, float(a)).float()
        y = y + float(b - a) * (v if before is None or order == 1 else 1.5 * v - 0.5 * before)
        before = v
    return (y - x) / float(sigmas[-1] - sigmas[0])


@torch.no_grad()
def empty_context(model, like, tokens=None):
    """The context of the empty prompt, as long as `like` [B, n, D]."""
    empty = torch.zeros_like(like[:1])
    empty[:, :1] = model.context(*(t.to(like.device) for t in encode_texts([""], tokens)))
    return empty


def random_prompts(seed, index, count, world, tokens=None):
    """ids and mask of this rank's share of `count` captions of scenes drawn by lot."""
    rng = batch_rng(seed, index, 2)
    captions = [training_caption(int(rng.integers(1 << 24)), rng) for _ in range(count)]
    return prompts(captions, world, tokens)


def prompts(captions, world, tokens=None):
    ids, mask = encode_texts(captions, tokens, CAPTION_LENGTH)
    return tuple(rank_slice(t, world).to(world.device) for t in (ids, mask))
