"""Captions to token ids, and a text encoder with its DiT as one trainable pair."""

from pathlib import Path

import torch
import torch.nn as nn

from training.models.dit import DitConfig, WanDit
from training.models.umt5 import Umt5Config, Umt5Encoder
from training.world import tokenizer
from training.world.captions import caption
from training.world.scenes import sample_scene

CAPTION_LENGTH = 28  # no caption of the grammar is longer: one shape for compiled code
EMPTY = [1]  # the empty prompt is the end-of-sequence piece alone


def encode_texts(texts, path=None, at_least=0):
    """ids, mask [B, longest]; padded with 0, to `at_least` columns."""
    path = path or tokenizer.DEFAULT_FOLDER / "tokenizer.json"
    rows = [tokenizer.encode(t, path) if t else EMPTY for t in texts]
    longest = max(at_least, *(len(r) for r in rows))
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask


def training_caption(scene_seed, rng, split="train"):
    """One of many wordings of a scene."""
    return caption(sample_scene(scene_seed, split), int(rng.integers(1 << 30)))


class TextToLatents(nn.Module):
    """What is trained end to end: ids -> context -> velocity."""

    def __init__(self, text: Umt5Config, dit: DitConfig, tokenizer=None):
        super().__init__()
        self.tokenizer = tokenizer
        self.text = Umt5Encoder(text)
        self.dit = WanDit(dit)

    def context(self, ids, mask):
        return self.text(ids, mask)

    def read(self, texts):
        """The context [B, longest, textDim] of texts, by the tokenizer that belongs to these weights."""
        device = next(self.parameters()).device
        return self.context(*(t.to(device) for t in encode_texts(texts, self.tokenizer)))

    def forward(self, x, timestep, ids, mask):
        return self.dit(x, timestep, self.context(ids, mask))


def vocabulary_size(path=None):
    return tokenizer.load(
        Path(path) if path else tokenizer.DEFAULT_FOLDER / "tokenizer.json"
    ).get_vocab_size()
