"""Writes causal_student.golden.safetensors: a film of a tiny student of training/ on its own grid of noise levels, in f32.

    python test/golden/make_causal_student.py

The classes, the grid and the loop are those that students are trained with (training/models); the weights are a formula.
"""
import json
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file

from formula import formula_tensor

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))
from training.models.causal import Stream, film  # noqa: E402
from training.models.dit import DitConfig, WanDit  # noqa: E402
from training.models.flow import sigma_grid  # noqa: E402

SALT = "student/"
DIT = DitConfig(ffn_dim=512, num_layers=2, text_dim=64, text_len=24)
NODES, SHIFT = 4, 3.0
CHUNK, WINDOW, SINK = 2, 5, 1
FRAMES, SIDE = 8, 4


def numbers(name, *shape):
    """Of unit variance, as noise and context have."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(name.encode())))


def main():
    torch.set_num_threads(1)  # one order of summation
    torch.set_grad_enabled(False)
    dit = WanDit(DIT).eval()
    dit.load_state_dict({name: formula_tensor(name, tuple(each.shape), SALT) for name, each in dit.state_dict().items()})
    sigmas, timesteps = sigma_grid(NODES, SHIFT)
    stream = Stream(CHUNK, tuple(sigmas[:-1].tolist()), tuple(timesteps.tolist()), WINDOW, SINK)
    noise, context = numbers("noise", DIT.in_dim, FRAMES, SIDE, SIDE), numbers("context", 6, DIT.text_dim)
    tensors = dict(noise=noise, context=context, timesteps=timesteps, sigmas=sigmas[:-1])

    def fresh(number, step, like):
        name = f"renoise.{number}.{step}"
        tensors[name] = numbers(name, *like.shape[1:])
        return tensors[name][None]

    chunks = []
    for number, (clean, past) in enumerate(film(dit, context[None], noise[None], stream, fresh)):
        chunks.append(clean[0])
        tensors[f"tap.block.{number}.k"] = past[0][0][0].flatten(1)
    tensors["latents"] = torch.cat(chunks, dim=1)
    config = asdict(DIT) | dict(
        denoising_steps=NODES, timestep_shift=SHIFT, warp_denoising_step=False, context_noise=0,
        num_frame_per_block=CHUNK, local_attn_size=WINDOW, sink_size=SINK, independent_first_frame=False,
        relative_positions=True,
    )  # fmt: skip
    metadata = dict(config=json.dumps(config), weights="formula", salt=SALT, source="training/models/causal.py")
    path = FOLDER / "causal_student.golden.safetensors"
    save_file({name: value.contiguous() for name, value in tensors.items()}, path, metadata)
    path.chmod(0o644)
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
