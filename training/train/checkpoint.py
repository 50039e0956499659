"""Moving averages, learning-rate schedule, and checkpoints that resume exactly.

All randomness of a training step follows from (seed, step), so weights, moving average
and optimiser state are all there is to save.
"""

import copy
import math
import os
import time
from pathlib import Path

import torch

from training.models.files import load_checkpoint


class Ema:
    """An exponential moving average of a module's weights, with a warm-up of its horizon."""

    def __init__(self, module, decay=0.999):
        self.decay = decay
        self.module = copy.deepcopy(module).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, module, step):
        decay = min(self.decay, (1 + step) / (10 + step))
        mine, theirs = list(self.module.parameters()), [p.detach() for p in module.parameters()]
        torch._foreach_lerp_(mine, theirs, 1 - decay)


def learning_rate(step, peak, total, warmup=100, floor=0.05):
    """Linear warm-up, then a cosine down to a share of the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done)))


def set_learning_rate(optimizer, value):
    for group in optimizer.param_groups:
        group["lr"] = value * group.get("lr_scale", 1.0)


def save(path, **state):
    """Writes beside the target first: a checkpoint is whole or absent."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    os.replace(beside, path)


class Run:
    """A training on the disk: it goes on where it stopped, is saved now and then, and at its end."""

    def __init__(self, path, world, model, ema, optimizer, config, save_seconds):
        self.path, self.world, self.config, self.save_seconds = path, world, config, save_seconds
        self.parts = dict(model=model, ema=ema.module, optimizer=optimizer)
        self.start, self.began = 0, time.time()
        if path.exists():
            state = load_checkpoint(path)
            for name, part in self.parts.items():
                part.load_state_dict(state[name])
            self.start = state["step"]

    @property
    def seconds(self):
        return time.time() - self.began

    def steps(self, end, on_save=lambda step: None):
        """The steps that are left. The first process saves between two of them; `on_save` comes after."""
        since = time.time()
        for step in range(self.start, end):
            yield step
            if self.world.first and time.time() - since > self.save_seconds:
                self.save(step + 1)
                on_save(step)
                since = time.time()
        if self.world.first:
            self.save(end)

    def save(self, step):
        save(
            self.path,
            step=step,
            config=self.config,
            **{name: part.state_dict() for name, part in self.parts.items()},
        )
