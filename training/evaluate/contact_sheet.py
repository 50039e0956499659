"""A PNG of clips: one row a prompt, a few frames a row.

python -m training.evaluate.contact_sheet --out sheet.png            # rendered ground truth
python -m training.evaluate.contact_sheet --frames clips.npy --out sheet.png
python -m training.evaluate.contact_sheet --frames FOLDER --tile 80 --out sheet.webp   # of judge:clips
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from training.world.captions import canonical
from training.world.render import render
from training.world.scenes import BACKGROUNDS, COLOURS, MOTIONS, SUBJECTS, Actor, Scene

LABEL = 14


def fixed_scenes() -> list[Scene]:
    """Sixteen scenes that together show every subject, colour, motion and background."""
    colours = tuple(COLOURS)
    scenes = []
    for i in range(14):
        actor = Actor(SUBJECTS[i % 10], colours[(i * 3 + i // 8) % 8], MOTIONS[(i * 5 + i // 8) % 8])
        scenes.append(Scene((actor,), BACKGROUNDS[(i + i // 6) % 6], 100 + i))
    pair = (Actor("boat", "blue", "stays still"), Actor("bird", "yellow", "stays still"))
    scenes.append(Scene(pair, "at sunset", 200))
    pair = (Actor("fish", "orange", "stays still"), Actor("jellyfish", "pink", "stays still"))
    scenes.append(Scene(pair, "under water", 201))
    return scenes


def sheet(clips, labels, columns: int = 6, tile: int | None = None, across: int = 2) -> Image.Image:
    """One image of clips (each uint8 [F, H, W, 3]) with a label line over each row.

    `tile` is the height of a frame on the sheet; twice its own unless given.
    """
    height, width = clips[0].shape[1:3]
    tile = tile or 2 * height
    wide = round(tile * width / height)
    cell_w, cell_h = columns * (wide + 2) + 8, tile + LABEL + 4
    rows = -(-len(clips) // across)
    image = Image.new("RGB", (across * cell_w, rows * cell_h), (24, 24, 28))
    pen = ImageDraw.Draw(image)
    for i, (clip, label) in enumerate(zip(clips, labels)):
        left, top = (i // rows) * cell_w, (i % rows) * cell_h
        pen.text((left + 2, top + 1), label, fill=(230, 230, 235))
        for column, frame in enumerate(np.linspace(0, len(clip) - 1, columns).round().astype(int)):
            picture = Image.fromarray(clip[frame]).resize((wide, tile), Image.LANCZOS)
            image.paste(picture, (left + column * (wide + 2), top + LABEL))
    return image


def sheet_of(make_clip, scenes=None, **options) -> Image.Image:
    """A sheet of what `make_clip(caption, scene) -> uint8 [F, H, W, 3]` makes of the fixed scenes."""
    scenes = scenes or fixed_scenes()
    labels = [canonical(scene) for scene in scenes]
    return sheet([make_clip(label, scene) for label, scene in zip(labels, scenes)], labels, **options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--frames",
        type=Path,
        help="an .npy [N, F, H, W, 3] for the fixed prompts, or a folder of judge:clips",
    )
    parser.add_argument("--tile", type=int, help="height of a frame on the sheet")
    parser.add_argument("--size", type=int, nargs=2, default=(64, 64), metavar=("HEIGHT", "WIDTH"))
    arguments = parser.parse_args()
    if arguments.frames:
        if arguments.frames.is_dir():
            clips = [np.load(file) for file in sorted(arguments.frames.glob("*.npy"))]
            records = json.loads((arguments.frames / "prompts.json").read_text())
            labels = [f"{i + 1}  {record['prompt']}" for i, record in enumerate(records)]
        else:
            clips = list(np.load(arguments.frames))
            labels = [canonical(s) for s in fixed_scenes()]
        image = sheet(clips, labels[: len(clips)], tile=arguments.tile)
    else:
        height, width = arguments.size
        image = sheet_of(lambda _, scene: render(scene, 33, height, width))
    image.save(arguments.out, **(dict(quality=75) if arguments.out.suffix == ".webp" else {}))


if __name__ == "__main__":
    main()
