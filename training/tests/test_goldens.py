"""The three models against tensors from the official Wan 2.1 implementation."""

import json
import os
import sys
import unittest
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "test" / "golden")]
GOLDEN = Path(os.environ.get("GOLDEN_DIR", ROOT / "test" / "golden"))
LIMIT = 5e-5

from formula import formula_tensor  # noqa: E402
from training.models.causal import Stream, film  # noqa: E402
from training.models.dit import DitConfig, WanDit  # noqa: E402
from training.models.tiny_decoder import TinyDecoder  # noqa: E402
from training.models.umt5 import Umt5Config, Umt5Encoder  # noqa: E402
from training.models.vae import VaeConfig, WanVae  # noqa: E402

UMT5_NAMES = ("vocab", "dim", "dim_attn", "dim_ffn", "num_heads", "num_layers", "num_buckets")
DIT_NAMES = (
    "dim", "ffn_dim", "num_heads", "num_layers", "in_dim", "out_dim", "text_dim", "text_len", "freq_dim",
)  # fmt: skip


def golden(name):
    path = GOLDEN / f"{name}.golden.safetensors"
    with safe_open(path, "pt") as f:
        config = json.loads(f.metadata()["config"])
    weights = load_file(GOLDEN / f"{name}.weights.safetensors")
    return config, {k: v.float() for k, v in weights.items()}, load_file(path)


def formula_golden(name, build):
    """A case whose weights are made by the formula: its model, its numbers and its tensors."""
    path = GOLDEN / f"{name}.golden.safetensors"
    with safe_open(path, "pt") as f:
        metadata = f.metadata()
    config = json.loads(metadata["config"])
    model = build(config)
    weights = {k: formula_tensor(k, tuple(v.shape), metadata["salt"]) for k, v in model.state_dict().items()}
    model.load_state_dict(weights)
    return model, config, load_file(path)


def dit_of(c):
    return WanDit(DitConfig(**{k: c[k] for k in DIT_NAMES}, patch_size=tuple(c["patch_size"])))


def where_there(name):
    """Some cases lie outside the repository: they are tested where GOLDEN_DIR names their folder."""
    return unittest.skipUnless((GOLDEN / f"{name}.golden.safetensors").exists(), f"{name} is not in {GOLDEN}")


def relative(a, b):
    return ((a - b).norm() / b.norm()).item()


class Goldens(unittest.TestCase):
    def close(self, a, b):
        self.assertEqual(a.shape, b.shape)
        self.assertLess(relative(a, b), LIMIT)

    def test_umt5(self):
        c, weights, t = golden("umt5_tiny")
        model = Umt5Encoder(Umt5Config(*(c[k] for k in UMT5_NAMES)))
        model.load_state_dict(weights)
        with torch.no_grad():
            hidden = model(t["ids"].long(), t["mask"])
        n = int(t["mask"].sum())
        self.close(hidden[:, :n], t["hidden"][:, :n])

    def test_dit(self):
        c, weights, t = golden("dit_tiny")
        model = dit_of(c)
        model.load_state_dict(weights)
        with torch.no_grad():
            velocity = model(t["latents"][None], t["timestep"], t["context"][None])[0]
        self.close(velocity, t["velocity"])

    @where_there("ti2v_dit_tiny")
    def test_timesteps_by_frame(self):
        model, _, t = formula_golden("ti2v_dit_tiny", dit_of)
        frames, tokens = t["latents"].shape[1], len(t["timesteps"])
        rows = t["timesteps"].view(frames, tokens // frames)[:, 0]
        with torch.no_grad():
            velocity = model(t["latents"][None], rows[None], t["context"][None])[0]
        self.close(velocity, t["velocity"])

    @where_there("causal_relative")
    def test_causal_film(self):
        model, c, t = formula_golden("causal_relative", dit_of)
        steps = tuple(t["sigmas"].tolist()), tuple(t["timesteps"].tolist())
        stream = Stream(c["num_frame_per_block"], *steps, c["local_attn_size"], c["sink_size"])
        parts = film(
            model, t["context"][None], t["noise"][None], stream, lambda n, k, _: t[f"renoise.{n}.{k}"][None]
        )
        self.close(torch.cat([clean for clean, _ in parts], dim=2)[0], t["latents"])

    @where_there("taew2_1")
    def test_tiny_decoder(self):
        model, _, t = formula_golden("taew2_1", lambda _: TinyDecoder(16, (256, 128, 64, 64)))
        with torch.no_grad():
            raw = model(t["latents"].transpose(1, 2)).transpose(1, 2)
        self.close(raw, t["raw"][:, 3:])

    def test_vae(self):
        c, weights, t = golden("vae_tiny")
        model = WanVae(
            VaeConfig(
                c["dim"],
                c["z_dim"],
                tuple(c["dim_mult"]),
                c["num_res_blocks"],
                tuple(c["temperal_downsample"]),
            )
        )
        model.load_state_dict(weights)
        # The official code normalises with the constants of the 1.3B checkpoint.
        model.config.mean, model.config.std = WAN_MEAN, WAN_STD
        with torch.no_grad():
            for latents, video in (("latents", "video"), ("image_latents", "image")):
                self.close(model.decode(t[latents]), t[video])
            self.close(model.encode(t["encode_video"]), t["encode_latents"])


WAN_MEAN = [
    -0.7571,
    -0.7089,
    -0.9113,
    0.1075,
    -0.1745,
    0.9653,
    -0.1517,
    1.5508,
    0.4134,
    -0.0715,
    0.5517,
    -0.3632,
    -0.1922,
    -0.9497,
    0.2503,
    -0.2921,
]
WAN_STD = [
    2.8184,
    1.4541,
    2.3275,
    2.6558,
    1.2196,
    1.7708,
    2.6052,
    2.0743,
    3.2687,
    2.1526,
    2.8652,
    1.5579,
    1.6382,
    1.1253,
    2.8251,
    1.9160,
]

if __name__ == "__main__":
    unittest.main()
