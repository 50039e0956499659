"""Writes the goldens of an exported model, in f32: the whole pipeline, and each part that the model has.

    python -m training.evaluate.golden --model public/models/mini

`pipeline_mini.golden` always; `pipeline_mini_first_frame`, `_tiny`, `_upscaled` and `_causal`
where the model's folder has the VAE's encoder, a tiny decoder, an upscaler, a causal DiT.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.evaluate.sample import noise_for
from training.models.causal import Stream, film
from training.models.files import load_exported, load_exported_vae
from training.models.flow import euler, sigma_grid
from training.models.frames import to_frames
from training.models.load import load_tiny_decoder, load_upscaler
from training.models.mini import encode_texts
from training.world.render import render
from training.world.scenes import Actor, Scene

ROOT = Path(__file__).resolve().parents[2]
FRAMES, HEIGHT, WIDTH = 9, 48, 64
CHUNK, WINDOW, SINK = 1, 3, 1


class Case:
    """A model, a prompt, and what every golden begins with."""

    def __init__(self, folder, prompt):
        self.model, self.manifest = load_exported(folder)
        self.folder, self.vae, self.prompt = folder, load_exported_vae(folder), prompt
        defaults = self.manifest["defaults"]
        self.steps, self.shift = defaults["numInferenceSteps"], defaults["shift"]
        self.ids, self.mask = encode_texts([prompt], self.model.tokenizer)
        self.context = self.model.context(self.ids, self.mask)
        self.noise = noise_for(0, self.vae.config.z_dim, FRAMES, HEIGHT, WIDTH)

    def text(self):
        """Tokens and context of the prompt, tokens of the empty one."""
        ids, mask = encode_texts([""], self.model.tokenizer)
        tokens = dict(ids=self.ids, mask=self.mask, negative_ids=ids, negative_mask=mask)
        return {name: value.int() for name, value in tokens.items()} | dict(hidden=self.context)

    def pipeline(self):
        latents = euler(self.model.dit, self.noise[None], self.context, None, self.steps, self.shift)
        video = self.vae.decode(latents).clamp(-1, 1)
        return self.text() | dict(noise=self.noise, latents=latents[0], video=video)

    def first_frame(self):
        """A clip that begins with a rendered picture."""
        scene = Scene((Actor("ball", "red", "moves right"),), "by day", 0)
        picture = to_frames(render(scene, 33, HEIGHT, WIDTH)[None, :1])
        first = self.vae.encode(picture)
        latents = euler(
            self.model.dit, self.noise[None], self.context, None, self.steps, self.shift, first=first
        )
        return self.text() | dict(picture=picture, first=first[0], noise=self.noise, latents=latents[0])

    def tiny(self):
        """The tiny decoder's frames, in [0, 1], before they are clamped."""
        return dict(
            latents=self.noise,
            frames=load_tiny_decoder(self.folder / "tiny.safetensors")(self.noise[None])[0],
        )

    def upscaled(self):
        """A corner of a rendered frame, in [0, 1], and the same four times as large."""
        scene = Scene((Actor("fish", "orange", "stays still"),), "under water", 0)
        frame = (to_frames(render(scene, 1, HEIGHT, WIDTH)[None, :1]) + 1)[:, :, 0, :24, :32] / 2
        return dict(frames=frame, upscaled=load_upscaler(self.folder / "upscaler.safetensors")(frame))

    def causal(self):
        """A film of chunks of one latent frame, with a window and a sink: every part of the cache."""
        dit = load_exported(self.folder, "causal.safetensors")[0].dit
        sigmas, timesteps = sigma_grid(self.steps, self.shift)
        stream = Stream(CHUNK, tuple(sigmas[:-1].tolist()), tuple(timesteps.tolist()), WINDOW, SINK)
        noise, added = noise_for(1, self.vae.config.z_dim, 17, HEIGHT, WIDTH)[None], {}

        def fresh(number, step, like):
            name = f"renoise.{number}.{step}"
            added[name] = noise_for(100 + number * self.steps + step, like.shape[1], 1, HEIGHT, WIDTH)
            return added[name][None]

        latents = torch.cat([clean for clean, _ in film(dit, self.context, noise, stream, fresh)], dim=2)
        tensors = dict(noise=noise[0], sigmas=sigmas[:-1], timesteps=timesteps, latents=latents[0])
        return self.text() | added | tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "public/models/mini")
    parser.add_argument("--out", type=Path, default=ROOT / "test/golden")
    parser.add_argument("--prompt", default="a red ball moves right by day")
    args = parser.parse_args()
    torch.set_num_threads(1)  # one order of summation
    torch.set_grad_enabled(False)
    case = Case(args.model, args.prompt)
    has = {file["role"] for file in case.manifest["files"]}
    parts = [("", case.pipeline, None), ("_first_frame", case.first_frame, "vaeEncoder")]
    parts += [("_tiny", case.tiny, "tinyDecoder"), ("_upscaled", case.upscaled, "upscaler")]
    parts += [("_causal", case.causal, "causalDit")]
    metadata = dict(
        model="mini",
        models="mini",
        prompt=args.prompt,
        steps=str(case.steps),
        shift=str(float(case.shift)),
        guidance="1.0",
        sampler="euler",
        stream=f"chunk {CHUNK}, window {WINDOW}, sink {SINK}",
    )
    args.out.mkdir(parents=True, exist_ok=True)
    for name, make, role in parts:
        if role is None or role in has:
            path = args.out / f"pipeline_mini{name}.golden.safetensors"
            save_file({k: v.contiguous() for k, v in make().items()}, path, metadata)
            path.chmod(0o644)
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
