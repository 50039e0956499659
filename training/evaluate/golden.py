"""Writes test/golden/pipeline_mini.golden.safetensors: the whole pipeline of the exported model in f32.

python -m training.evaluate.golden --model public/models/mini
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.evaluate.sample import noise_for
from training.models.files import load_exported, load_exported_vae
from training.models.flow import euler
from training.models.mini import encode_texts

ROOT = Path(__file__).resolve().parents[2]


@torch.no_grad()
def pipeline(model, vae, prompt, seed, frames, height, width, steps, shift):
    ids, mask = encode_texts([prompt], model.tokenizer)
    noise = noise_for(seed, vae.config.z_dim, frames, height, width)
    context = model.context(ids, mask)
    latents = euler(model.dit, noise[None], context, None, steps, shift)
    negative_ids, negative_mask = encode_texts([""], model.tokenizer)
    return dict(
        ids=ids.int(),
        mask=mask.int(),
        negative_ids=negative_ids.int(),
        negative_mask=negative_mask.int(),
        noise=noise,
        hidden=context,
        latents=latents[0],
        video=vae.decode(latents).clamp(-1, 1),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "public/models/mini")
    parser.add_argument("--out", type=Path, default=ROOT / "test/golden/pipeline_mini.golden.safetensors")
    parser.add_argument("--prompt", default="a red ball moves right by day")
    args = parser.parse_args()
    torch.set_num_threads(1)  # one order of summation
    model, manifest = load_exported(args.model)
    vae = load_exported_vae(args.model)
    steps, shift = manifest["defaults"]["numInferenceSteps"], manifest["defaults"]["shift"]
    tensors = pipeline(model, vae, args.prompt, 0, 9, 48, 64, steps, shift)
    metadata = dict(
        model="mini",
        models="mini",
        prompt=args.prompt,
        steps=str(steps),
        shift=str(float(shift)),
        guidance="1.0",
        sampler="euler",
    )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, args.out, metadata)
    args.out.chmod(0o644)
    print(f"{args.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
