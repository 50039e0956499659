"""Two processes train as one does, a resumed run is the same run, and export loses nothing but rounding."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from training.models.files import dequantise, quantise  # noqa: E402
from training.models.vae import VaeConfig, WanVae  # noqa: E402
from training.train.latents import encode_cache  # noqa: E402
from training.world.clips import render_cache  # noqa: E402


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def losses(out, latents, batch, processes=1, steps=4, stop_at=None):
    command = [sys.executable, "-m"]
    if processes > 1:
        command += (
            f"torch.distributed.run --nproc_per_node {processes} --master_port {free_port()} -m".split()
        )
    command += f"training.train.dit --out {out} --stage {steps}:{batch}:{latents}".split()
    command += ["--layers", "2", "--ffn-dim", "128", "--float32", "--threads", "1"]
    if stop_at:
        command += ["--stop-at", str(stop_at)]
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return {int(s): float(v) for s, v in re.findall(r"^step (\d+) loss ([\d.]+)", done.stdout, re.M)}


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls.folder.name)
        torch.manual_seed(0)
        clips = render_cache(cls.work / "clips", 20, (32, 32), frames=5)
        encode_cache(cls.work / "latents", clips, WanVae(VaeConfig(dim=8)).eval())

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_two_processes_equal_one(self):
        one = losses(self.work / "one", self.work / "latents", 16)
        two = losses(self.work / "two", self.work / "latents", 8, processes=2)
        self.assertEqual(sorted(one), [0, 1, 2, 3])
        for step in one:
            self.assertAlmostEqual(one[step], two[step], delta=2e-5 * one[step])

    def test_exact_resume(self):
        whole = losses(self.work / "whole", self.work / "latents", 4)
        losses(self.work / "cut", self.work / "latents", 4, stop_at=2)
        rest = losses(self.work / "cut", self.work / "latents", 4)
        self.assertEqual(rest, {s: v for s, v in whole.items() if s >= 2})
        a, b = (torch.load(self.work / n / "train.pt", weights_only=False) for n in ("whole", "cut"))
        for part in ("model", "ema"):
            for name, value in a[part].items():
                self.assertTrue(torch.equal(value, b[part][name]), f"{part} {name}")

    def test_q8_rounds_within_half_a_step(self):
        weight = torch.randn(64, 96, generator=torch.Generator().manual_seed(0))
        q, scale = quantise(weight)
        error = (dequantise(q, scale) - weight).abs().unflatten(1, (-1, 32)).amax(-1)
        self.assertTrue(bool((error <= 0.51 * scale.float() + 127 * scale.float() * 2**-10).all()))


if __name__ == "__main__":
    unittest.main()
