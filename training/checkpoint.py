"""Moving averages, learning-rate schedule, and checkpoints that resume exactly.

All randomness of a training step follows from (seed, step), so weights, moving average
and optimiser state are all there is to save.
"""
import copy
import math
import os
from pathlib import Path

import torch


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


def load(path):
    return torch.load(path, map_location="cpu", weights_only=False)


def save_training(path, step, model, ema, optimizer, **more):
    save(path, step=step, model=model.state_dict(), ema=ema.module.state_dict(),
         optimizer=optimizer.state_dict(), **more)


def load_training(path, model, ema, optimizer):
    """Restores all and returns the next step."""
    state = load(path)
    model.load_state_dict(state["model"])
    ema.module.load_state_dict(state["ema"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"]
