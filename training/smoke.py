"""Every stage of training once, tiny: renderer, VAE step, DiT step, distillation step, export, judge.

    python training/smoke.py
"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAINING = Path(__file__).resolve().parent


def stage(name, *command):
    start = time.time()
    done = subprocess.run([sys.executable, *map(str, command)], cwd=TRAINING, capture_output=True, text=True)
    print(f"{name}: {time.time() - start:.1f} s", flush=True)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        model = run / "model"
        stage("tokenizer", "tokenizer.py", "--out", model)
        stage("renderer", "data.py", "clips", run / "clips", "--count", 6, "--size", 32, 32)
        stage("VAE step", "train_vae.py", "--out", run / "vae", "--clips", run / "clips", "--image-steps", 1,
              "--video-steps", 1, "--image-batch", 2, "--video", "5x1", "--crop", 32)
        stage("latents", "data.py", "latents", run / "latents", "--clips", run / "clips", "--vae", run / "vae/vae.pt")
        stage("DiT step", "train_dit.py", "--out", run / "dit", "--layers", 1, "--stage", f"1:2:{run}/latents")
        stage("distillation step", "distill.py", "--teacher", run / "dit/train.pt", "--out", run / "student",
              "--steps", 1, "--batch", 2, "--size", "32x32", "--substeps", 1)
        print(stage("export", "export.py", "--vae", run / "vae/vae.pt", "--dit", run / "student/student.pt",
                    "--out", model, "--encoder", run / "encoder.safetensors", "--clips", run / "clips").strip())
        roles = [f["role"] for f in json.loads((model / "manifest.json").read_text())["files"]]
        assert sorted(roles) == ["dit", "textEncoder", "tokenizer", "tokenizerConfig", "vae"], roles
        print(stage("judge", "evaluate.py", "--model", model, "--count", 2, "--pairs", 1).strip())


if __name__ == "__main__":
    main()
