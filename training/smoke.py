"""Every stage of training once, tiny, and every judge.

python training/smoke.py
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = dict(os.environ, OMP_NUM_THREADS="1")  # one thread is fastest where everything is tiny


def stage(name, module, *arguments):
    """Runs `python -m training.MODULE`; ends the smoke test where that fails."""
    start = time.time()
    command = [sys.executable, "-m", f"training.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=ENVIRONMENT)
    print(f"{name}: {time.time() - start:.1f} s", flush=True)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        clips, long, latents, vae = run / "clips", run / "long", run / "latents", run / "vae/vae.pt"
        teacher, student, model = run / "dit/train.pt", run / "student/student.pt", run / "model"
        stage("tokenizer", "world.tokenizer", "--out", run / "tokenizer")
        stage("renderer", "world.clips", clips, "--count", 6, "--size", 32, 32)
        stage("long scenes", "world.clips", long, "--count", 2, "--size", 32, 32, "--segments", 2)
        tiny = ("--image-steps", 1, "--video-steps", 1, "--image-batch", 2, "--video", "5x1", "--crop", 32)
        stage("VAE step", "train.vae", "--out", run / "vae", "--clips", clips, *tiny)
        stage("latents", "train.latents", latents, "--clips", clips, "--vae", vae)
        stage("latents of long scenes", "train.latents", run / "long-latents", "--clips", long, "--vae", vae)
        tiny = ("--layers", 1, "--first-frame", 1)
        stage("DiT step", "train.dit", "--out", run / "dit", "--stage", f"1:2:{latents}", *tiny)
        tiny = ("--steps", 1, "--batch", 2, "--substeps", 1)
        still = ("--size", "32x32", "--latents", latents, "--first-frame", 1)
        stage(
            "distillation step",
            "train.distill",
            "--teacher",
            teacher,
            "--out",
            run / "student",
            *tiny,
            *still,
        )
        styled = ("--style", "night-neon", "--count", 2, "--size", "32x32", "--frames", 5)
        stage("restyled clips", "train.restyled", run / "styled", "--dit", teacher, "--vae", vae, *styled)
        pairs = ("--styled", run / "styled", "--rank", 2, "--steps", 2)
        print(stage("LoRA step", "train.lora", "--out", run / "lora", "--dit", teacher, *pairs).strip())
        causal = ("--init-from", teacher, "--latents", run / "long-latents", "--steps", 1, "--batch", 2)
        stage("causal step", "train.causal", "--out", run / "causal", *causal)
        films = ("--teacher", run / "causal/train.pt", "--size", "32x32", "--steps", 1, "--batch", 1)
        films += ("--substeps", 1, "--nodes", 2, "--frames", 3)
        stage("causal distillation step", "train.distill_causal", "--out", run / "causal-student", *films)
        decoder = ("--clips", clips, "--latents", latents, "--steps", 1, "--batch", 1)
        stage("tiny decoder step", "train.tiny_decoder", "--out", run / "tiny", *decoder)
        stage("pairs", "train.pairs", run / "pairs", "--latents", latents, "--vae", vae, "--count", 2)
        frames = ("--pairs", run / "pairs", "--steps", 1, "--batch", 2, "--crop", 16)
        stage("upscaler step", "train.upscaler", "--out", run / "upscaler", *frames)
        files = ("--out", model, "--encoder", model / "vae_encoder.safetensors", "--clips", clips)
        files += (
            "--tiny",
            run / "tiny/tiny.safetensors",
            "--upscaler",
            run / "upscaler/upscaler.safetensors",
        )
        files += ("--causal", run / "causal-student/student.pt")
        print(stage("export", "train.export", "--vae", vae, "--dit", student, *files).strip())
        manifest = json.loads((model / "manifest.json").read_text())
        roles = [f["role"] for f in manifest["files"]]
        wanted = [
            "causalDit",
            "dit",
            "textEncoder",
            "tinyDecoder",
            "tokenizer",
            "tokenizerConfig",
            "upscaler",
        ]
        assert sorted(roles) == [*wanted, "vae", "vaeEncoder"], roles
        assert manifest["config"]["conditioning"] == "firstFrame", manifest["config"]
        assert manifest["defaults"].items() >= dict(decoder="tiny", upscale=4).items(), manifest["defaults"]
        print(stage("goldens", "evaluate.golden", "--model", model, "--out", run / "golden").strip())
        print(stage("judge", "evaluate.held_out", "--model", model, "--count", 2, "--pairs", 1).strip())
        small = ("--size", 32, 32, "--count", 1)
        weights = ("--vae", vae, "--dit", student)
        print(stage("judge of first frames", "evaluate.first_frame", *weights, *small).strip())
        print(stage("judge of streams", "evaluate.stream", *weights, *small, "--frames", 3).strip())
        decoder = ("--tiny", run / "tiny/tiny.safetensors", "--clips", clips, "--count", 2)
        print(stage("judge of the tiny decoder", "evaluate.reconstruction", "--vae", vae, *decoder).strip())
        frames = ("--upscaler", run / "upscaler/upscaler.safetensors", "--pairs", run / "pairs")
        print(stage("judge of the upscaler", "evaluate.upscaled", *frames).strip())


if __name__ == "__main__":
    main()
