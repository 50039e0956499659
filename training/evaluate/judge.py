"""Says what a clip shows: subject, colour, motion and background; and how often that is what was asked.

    python -m training.evaluate.judge --frames clips.npy --prompts prompts.json   # shares that are right
    python -m training.evaluate.judge --validate 500                              # the judge on renders

`--frames` is an .npy [N, F, H, W, 3] (uint8), or a folder of NNN.npy or NNN.mp4
files (one clip each, in the order of the prompts); `--shrink 4` averages upscaled ones
back to the size that the judge knows. Prompts are those of
held_out_prompts.py: {"prompt", "actors": [{"subject", "colour", "motion"}, ...], "background"}.
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np

from training.evaluate.aspects import colour_of, motion_features, motion_of
from training.evaluate.measure import background_of, centre_and_size, split_in_two, subject_weight
from training.evaluate.subject_classifier import subject_of, worn
from training.world.render import render
from training.world.scenes import sample_scene

ASPECTS = ("colour", "motion", "background", "subject")
LEAST_SHARE_FOUND = 0.6  # of the frames must show a subject


def _read(frames: np.ndarray) -> np.ndarray:
    return frames.astype(np.float32) / np.float32(255)


def judge(frames: np.ndarray) -> dict:
    """What a one-subject clip (uint8 [F, H, W, 3]) shows; None where nothing is to be seen."""
    clip = _read(frames)
    background = background_of(clip)
    x, y, spread, local, found = centre_and_size(subject_weight(clip, background))
    if found.mean() < LEAST_SHARE_FOUND:
        return {"colour": None, "motion": None, "background": background, "subject": None}
    return {
        "colour": colour_of(clip, local),
        "motion": motion_of(motion_features(clip, x, y, spread)),
        "background": background,
        "subject": subject_of(clip, x, y, spread),
    }


def judge_pair(frames: np.ndarray) -> dict:
    """What a two-subject clip (uint8 [F, H, W, 3]) shows: its background and the two (colour, subject)."""
    clip = _read(frames)
    background = background_of(clip)
    seen = []
    for part in split_in_two(subject_weight(clip, background)):
        x, y, spread, local, found = centre_and_size(part)
        if found.mean() >= LEAST_SHARE_FOUND:
            seen.append((colour_of(clip, local), subject_of(clip, x, y, spread)))
    return {"background": background, "actors": seen}


def score(clips, prompts) -> dict:
    """Shares that are right over clips and their prompts (see the file's head)."""
    singles = {aspect: [] for aspect in ASPECTS}
    both, pair_backgrounds, misses = [], [], []
    for clip, prompt in zip(clips, prompts, strict=True):
        actors = prompt["actors"]
        if len(actors) == 2:
            seen = judge_pair(clip)
            wanted = {(a["colour"], a["subject"]) for a in actors}
            both.append(wanted <= set(seen["actors"]))
            pair_backgrounds.append(seen["background"] == prompt["background"])
            wrong = [] if both[-1] else [f"saw {seen['actors']}"]
        else:
            seen = judge(clip)
            wanted = {**actors[0], "background": prompt["background"]}
            for aspect in ASPECTS:
                singles[aspect].append(seen[aspect] == wanted[aspect])
            wrong = [f"{a}: saw {seen[a]}" for a in ASPECTS if seen[a] != wanted[a]]
        if wrong:
            misses.append({"prompt": prompt["prompt"], "wrong": wrong})
    result = {a: round(float(np.mean(v)), 4) for a, v in singles.items() if v}
    if result:
        result["all_four"] = round(float(np.mean(np.all([singles[a] for a in ASPECTS], axis=0))), 4)
    if both:
        result |= {"both_present": round(float(np.mean(both)), 4)}
        result |= {"pair_background": round(float(np.mean(pair_backgrounds)), 4)}
    return {"clips": len(both) + len(singles["colour"]), **result, "misses": misses}


def read_clips(path: Path):
    """Yields uint8 [F, H, W, 3] clips from an .npy file, or a folder of .npy or .mp4 files."""
    if path.is_file():
        yield from np.load(path, mmap_mode="r")
        return
    for file in sorted([*path.glob("*.npy"), *path.glob("*.mp4")]):
        yield np.load(file) if file.suffix == ".npy" else read_video(file)


def shrunk(clip: np.ndarray, factor: int) -> np.ndarray:
    """The clip with the mean of every factor x factor pixels, uint8."""
    frames, height, width, _ = clip.shape
    blocks = clip.reshape(frames, height // factor, factor, width // factor, factor, 3)
    return blocks.mean((2, 4)).round().astype(np.uint8)


def read_video(path: Path) -> np.ndarray:
    """The frames of a video, uint8 [F, H, W, 3], by ffmpeg and ffprobe."""
    probe = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-show_entries",
        "stream=width,height",
        "-of",
        "csv=p=0",
    ]
    width, height = map(
        int,
        subprocess.run([*probe, path], check=True, capture_output=True, text=True)
        .stdout.strip()
        .split(",")[:2],
    )
    decode = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        path,
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    raw = subprocess.run(decode, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def validate(count: int, height: int, width: int, wear: bool) -> dict:
    """The judge's own accuracy on held-out single scenes and on as many training pairs as 1 in 4 of them."""
    clips, prompts = [], []
    pairs = (s for s in map(sample_scene, range(10**6, 10**7)) if len(s.actors) == 2)
    scenes = [sample_scene(i, "held_out") for i in range(count)] + [next(pairs) for _ in range(count // 4)]
    for index, scene in enumerate(scenes):
        clip = render(scene, 33, height, width)
        if wear:
            clip = (worn(_read(clip), np.random.default_rng(index)) * 255).astype(np.uint8)
        clips.append(clip)
        name = " + ".join(f"{a.size or ''} {a.colour} {a.subject} {a.motion}".strip() for a in scene.actors)
        prompts.append(
            {
                "prompt": f"{name} {scene.background}",
                "actors": [vars(a) for a in scene.actors],
                "background": scene.background,
            }
        )
    return score(clips, prompts)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=Path)
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--validate", type=int, metavar="SCENES")
    parser.add_argument("--size", type=int, nargs=2, default=(64, 64), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--shrink", type=int, default=1, metavar="N", help="judge N x N pixels as one")
    parser.add_argument("--worn", action="store_true", help="blur, tint, noise and compress before judging")
    arguments = parser.parse_args()
    if arguments.validate:
        result = validate(arguments.validate, *arguments.size, arguments.worn)
    elif arguments.frames and arguments.prompts:
        clips = [shrunk(clip, arguments.shrink) for clip in read_clips(arguments.frames)]
        result = score(clips, json.loads(arguments.prompts.read_text())[: len(clips)])
    else:
        parser.error("give --frames and --prompts, or --validate")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
