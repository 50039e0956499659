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


def save(path, **state):
    """Writes beside the target first: a checkpoint is whole or absent."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    os.replace(beside, path)


class Run:
    """A training on the disk: it goes on where it stopped, is saved now and then, and at its end.

    It ends after `total` steps, or, where `args.seconds` is set, after that long in all; its
    learning rate follows whichever it is.
    """

    def __init__(self, args, path, world, model, optimizer, config, total):
        self.args, self.path, self.world, self.config, self.total = args, path, world, config, total
        self.optimizer, self.ema = optimizer, Ema(model, args.ema)
        self.model, self.start, self.before, self.began = model, 0, 0.0, time.time()
        self.parts = dict(model=model, ema=self.ema.module, optimizer=optimizer)
        if path.exists():
            state = load_checkpoint(path)
            for name, part in self.parts.items():
                part.load_state_dict(state[name])
            self.start, self.before = state["step"], state.get("seconds", 0.0)

    @property
    def seconds(self):
        return self.before + time.time() - self.began

    @property
    def end(self):
        return min(self.total, self.args.stop_at or self.total)

    def warm_up(self, step, steps=100, floor=0.05):
        """Sets the learning rate of a step: a linear warm-up, then a cosine down to a share of the peak."""
        done = max(0, step - steps) / max(1, self.total - steps)
        if self.args.seconds:
            done = self.seconds / self.args.seconds
        cosine = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
        rate = self.args.lr * min(1.0, (step + 1) / steps) * (cosine if step >= steps else 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def steps(self, on_save=lambda step: None):
        """The steps that are left. The first process saves between two of them; `on_save` comes after."""
        since, step = time.time(), self.start
        while step < self.end:
            if self.args.seconds and self.world.any(self.seconds > self.args.seconds):
                break
            yield step
            step += 1
            if self.world.first and time.time() - since > self.args.save_seconds:
                self.save(step)
                on_save(step - 1)
                since = time.time()
        if self.world.first:
            self.save(step)

    def save(self, step):
        state = {name: part.state_dict() for name, part in self.parts.items()}
        save(self.path, step=step, seconds=self.seconds, config=self.config, **state)
