"""Writes a trained model as the page loads it: safetensors with Wan's key names, and manifest.json.

    python -m training.train.export --vae RUN/vae.pt --dit RUN/student.pt --out public/models/mini

The VAE's encoder goes to training/weights unless `--encoder` names a file in the model's folder.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from training.models.causal import STUDENT
from training.models.files import DIT_KEYS, ENCODER, TEXT_KEYS, VAE_KEYS, camel, load_model, load_vae, pack
from training.models.frames import to_frames
from training.world import tokenizer
from training.world.clips import Clips

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    ("tokenizer", "tokenizer.json"),
    ("tokenizerConfig", "tokenizer_config.json"),
    ("textEncoder", "umt5.safetensors"),
    ("dit", "dit.safetensors"),
    ("vae", "vae.safetensors"),
)


@torch.no_grad()
def latent_preview(vae, clips, count=16):
    """Least squares from normalised latents to the mean colour of the frames and pixels they cover."""
    rows, colours = [], []
    for i in range(min(count, len(clips.clips))):
        x = to_frames(np.array(clips.clips[i : i + 1]))
        z = vae.encode(x)[0]
        small = torch.nn.functional.avg_pool3d(x[0], (1, 8, 8))
        later = small[:, 1:].unflatten(1, (-1, 4)).mean(2)
        rows.append(z.flatten(1).T)
        colours.append(torch.cat([small[:, :1], later], dim=1).flatten(1).T)
    z, rgb = torch.cat(rows), torch.cat(colours)
    solution = torch.linalg.lstsq(torch.cat([z, torch.ones(len(z), 1)], dim=1), rgb).solution
    rounded = [[round(v, 4) for v in row] for row in solution.tolist()]
    return {"factors": rounded[:-1], "bias": rounded[-1]}


def _copy_tokenizer(out):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer.DEFAULT_FOLDER / name, out / name)


def _listed(out, files):
    """The manifest's list of (role, name) with sizes and checksums."""
    for role, name in files:
        (out / name).chmod(0o644)
        data = (out / name).read_bytes()
        yield dict(role=role, path=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def usual_parts(roles):
    """The defaults for parts that a model need not have: used where they are there."""
    decoder = dict(decoder="tiny") if "tinyDecoder" in roles else {}
    return decoder | (dict(upscale=4) if "upscaler" in roles else {})


def on_gpu(sizes, roles):
    """What holds on a GPU in the place of the defaults: the largest trained size and the full decoder."""
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    size = {} if [width, height] == sizes[0] else dict(width=width, height=height)
    changes = size | (dict(decoder="full") if "tinyDecoder" in roles else {})
    return dict(onGpu=changes) if changes else {}


def export(
    out, vae, model, config, preview, defaults, sizes, encoder=ENCODER, tiny=None, upscaler=None, causal=None
):
    """Writes every file of the model; returns how many bytes they are.

    `encoder` is where the VAE's encoder goes: in `out`, it is a file of the model, and a clip may begin
    with a picture.
    `tiny`, `upscaler` (safetensors) and `causal` (a DiT) are listed where they are given.
    """
    out, encoder, files = Path(out), Path(encoder), list(FILES)
    out.mkdir(parents=True, exist_ok=True)
    encoder.parent.mkdir(parents=True, exist_ok=True)
    _copy_tokenizer(out)
    vae_state = pack(vae.state_dict())
    page = {k: v for k, v in vae_state.items() if k.startswith(("decoder.", "conv2."))}
    save_file(page, out / "vae.safetensors", {"format": "pt"})
    save_file({k: v for k, v in vae_state.items() if k not in page}, encoder, {"format": "pt"})
    encoder.chmod(0o644)
    save_file(pack(model.text.state_dict()), out / "umt5.safetensors", {"format": "pt"})
    save_file(pack(model.dit.state_dict(), q8=True), out / "dit.safetensors", {"format": "pt"})
    networks = dict(
        textEncoder=camel(config["text"], TEXT_KEYS),
        dit=camel(config["dit"], DIT_KEYS),
        vae=camel(vars(vae.config), VAE_KEYS),
    )
    if encoder.parent == out:
        files.append(("vaeEncoder", encoder.name))
        networks["conditioning"] = "firstFrame"
    for role, name, source in (
        ("tinyDecoder", "tiny.safetensors", tiny),
        ("upscaler", "upscaler.safetensors", upscaler),
    ):
        if source:
            shutil.copyfile(source, out / name)
            files.append((role, name))
    films = {}
    if causal:
        save_file(pack(causal.state_dict(), q8=True), out / "causal.safetensors", {"format": "pt"})
        files.append(("causalDit", "causal.safetensors"))
        films = dict(
            live=dict(
                chunk=STUDENT["chunk"],
                isFirstAlone=True,
                steps=STUDENT["steps"],
                shift=STUDENT["shift"],
                windowFrames=STUDENT["window"],
                sinkFrames=STUDENT["sink"],
            )
        )
    files = list(_listed(out, files))
    roles = {f["role"] for f in files}
    manifest = dict(
        format=1,
        id="zoetrope-mini-2",
        name="Zoetrope Mini 2",
        version="2.0.0",
        licence="Apache-2.0",
        config=networks,
        files=files,
        defaults=defaults | usual_parts(roles),
        **on_gpu(sizes, roles),
        sizes=sizes,
        latentPreview=preview,
        **films,
    )
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return sum(f["bytes"] for f in files) + (out / "manifest.json").stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vae", required=True)
    parser.add_argument("--dit", required=True, help="a checkpoint of train.dit or train.distill")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/mini")
    parser.add_argument("--encoder", type=Path, default=ENCODER)
    parser.add_argument("--tiny", help="a tiny decoder's safetensors")
    parser.add_argument("--upscaler", help="an upscaler's safetensors")
    parser.add_argument("--causal", help="a checkpoint of train.distill_causal")
    parser.add_argument("--clips", required=True, help="rendered clips for the preview colours")
    parser.add_argument(
        "--size",
        nargs="+",
        default=["64x64"],
        metavar="WIDTHxHEIGHT",
        help="what the model was trained for, first that for processors; GPUs begin with the largest",
    )
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=1.0)
    args = parser.parse_args()
    vae = load_vae(args.vae)
    model, config = load_model(args.dit)
    sizes = [list(map(int, size.split("x"))) for size in args.size]
    defaults = dict(
        width=sizes[0][0],
        height=sizes[0][1],
        numFrames=33,
        fps=16,
        numInferenceSteps=args.steps,
        guidanceScale=args.guidance,
        shift=args.shift,
        sampler="euler",
    )
    preview = latent_preview(vae, Clips(args.clips))
    causal = load_model(args.causal)[0].dit if args.causal else None
    total = export(
        args.out, vae, model, config, preview, defaults, sizes, args.encoder, args.tiny, args.upscaler, causal
    )
    print(f"{total / 1e6:.2f} MB in {args.out}")


if __name__ == "__main__":
    main()
