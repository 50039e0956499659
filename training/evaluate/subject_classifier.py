"""Tells which of the ten subjects a crop shows: a small conv net, trained on renders alone.

python -m training.evaluate.subject_classifier   # writes weights/subject_classifier.safetensors
"""

import argparse
import io
import itertools
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from training.evaluate.aspects import colour_of
from training.evaluate.measure import centre_and_size, sample_at, split_in_two, subject_weight
from training.world.render import render
from training.world.scenes import SUBJECTS, sample_scene

WEIGHTS = Path(__file__).resolve().parents[1] / "weights" / "subject_classifier.safetensors"
SIDE = 32
REACH = 2.3  # half side of a crop, in spreads of the subject


class SubjectNet(nn.Module):
    """RGB crops [B, 3, 32, 32] in 0..1 -> logits [B, 10]."""

    def __init__(self, width: int = 20):
        super().__init__()
        sizes = (3, width, width * 2, width * 3)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in itertools.pairwise(sizes))
        self.norms = nn.ModuleList(nn.GroupNorm(4, b) for b in sizes[1:])
        self.head = nn.Linear(sizes[-1] * 16, len(SUBJECTS))

    def forward(self, crops):
        h = (crops - 0.5) * 3
        for conv, norm in zip(self.convs, self.norms):
            h = functional.max_pool2d(functional.silu(norm(conv(h))), 2)
        return self.head(functional.dropout(h.flatten(1), 0.3, self.training))


def crops_of(frames, x, y, spread, rng=None) -> np.ndarray:
    """Square crops [F, 32, 32, 3] about the subject; `rng` shakes and bends them for training."""
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    gx, gy = np.broadcast_arrays(steps[None, None, :], steps[None, :, None])
    half = (np.maximum(spread, 0.03) * REACH)[:, None, None]
    if rng is not None:
        count = len(frames)
        shake = lambda low, high: rng.uniform(low, high, (count, 1, 1))
        half = half * shake(0.85, 1.2)
        gx, gy = (
            g + shake(-0.12, 0.12) + shake(0, 0.1) * np.sin(shake(2, 5) * other + shake(0, 6.28))
            for g, other in ((gx, gy), (gy, gx))
        )
    return sample_at(frames, x[:, None, None] + half * gx, y[:, None, None] + half * gy)


def worn(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clip (float32 0..1) as a model or a codec might hand it over: blurred, tinted, noisy, compressed."""
    tint = 1 + rng.uniform(-0.06, 0.06, 3)
    frames = np.clip(frames * tint + rng.uniform(-0.04, 0.04), 0, 1)
    blur, quality = rng.uniform(0, 1.3) * frames.shape[1] / 64, int(rng.integers(35, 95))
    images = []
    for frame in frames:
        image = Image.fromarray((frame * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        images.append(np.asarray(Image.open(buffer)))
    noise = rng.normal(0, rng.uniform(0, 0.02), frames.shape)
    return np.clip(np.stack(images) / 255.0 + noise, 0, 1).astype(np.float32)


def labelled_crops(seed: int):
    """Crops [n, 32, 32, 3] uint8 and labels [n] of one worn training scene, found as the judge finds them."""
    rng = np.random.default_rng([seed, 6])
    scene = sample_scene(seed, "train")
    progress = np.sort(rng.uniform(0, 1, 4))
    frames = worn(render(scene, 4, 64, 64, progress=progress).astype(np.float32) / 255, rng)
    weight = subject_weight(frames, scene.background)
    parts = [weight] if len(scene.actors) == 1 else split_in_two(weight)
    crops, labels = [], []
    for part in parts:
        actor = scene.actors[0]
        if len(parts) == 2:
            seen = colour_of(frames, part)
            actor = next((a for a in scene.actors if a.colour == seen), None)
        if actor is None:
            continue
        x, y, spread, _, found = centre_and_size(part)
        crops.append((crops_of(frames, x, y, spread, rng)[found] * 255).astype(np.uint8))
        labels += [SUBJECTS.index(actor.subject)] * int(found.sum())
    empty = np.empty((0, SIDE, SIDE, 3), np.uint8)
    return np.concatenate([empty, *crops]), np.array(labels, np.int64)


def train(scenes: int, epochs: int) -> SubjectNet:
    """The trained net; the same numbers give the same net on the same machine."""
    torch.manual_seed(0)
    made = [labelled_crops(seed) for seed in range(scenes)]
    crops = torch.from_numpy(np.concatenate([c for c, _ in made])).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(np.concatenate([n for _, n in made]))
    print(f"{len(labels)} crops")
    net = SubjectNet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    steps = epochs * (len(labels) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps + 1)
    for epoch in range(epochs):
        right = seen = 0
        for picked in torch.randperm(len(labels)).split(64)[: len(labels) // 64]:
            batch = crops[picked].float() / 255
            # Colours say nothing about the subject: shuffle the channels at random.
            if torch.rand(()) < 0.3:
                batch = batch[:, torch.randperm(3)]
            logits = net(batch)
            loss = functional.cross_entropy(logits, labels[picked], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            right += int((logits.argmax(1) == labels[picked]).sum())
            seen += len(picked)
        print(f"epoch {epoch + 1}: {right / seen:.4f} right")
    return net.eval()


@lru_cache(maxsize=1)
def load() -> SubjectNet:
    """The trained net from training/weights."""
    net = SubjectNet()
    net.load_state_dict({k: v.float() for k, v in load_file(WEIGHTS).items()})
    return net.eval()


@torch.no_grad()
def subject_of(frames: np.ndarray, x, y, spread) -> str:
    """The subject at a track (x, y, spread: [F], frame heights) in float32 frames [F, H, W, 3]."""
    picked = np.linspace(0, len(frames) - 1, 9).round().astype(int)
    crops = crops_of(frames[picked], x[picked], y[picked], spread[picked])
    logits = load()(torch.from_numpy(crops.astype(np.float32)).permute(0, 3, 1, 2))
    return SUBJECTS[int(logits.log_softmax(1).mean(0).argmax())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()
    net = train(arguments.scenes, arguments.epochs)
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in net.state_dict().items()}, str(WEIGHTS))


if __name__ == "__main__":
    main()
