"""Writes a trained model as the page loads it: safetensors with Wan's key names, and manifest.json.

    python training/export.py --vae RUN/vae.pt --dit RUN/student.pt --out public/models/mini

The VAE's encoder is needed for training alone: it goes to training/weights, not to the page.
"""
import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from data import Clips, to_frames
from dit import DitConfig
from text import TextToLatents
from train_dit import load_model
from train_vae import channels_last, load_vae
from umt5 import Umt5Config
from vae import VaeConfig, WanVae

BLOCK = 32
ENCODER = Path(__file__).resolve().parent / "weights" / "vae_encoder.safetensors"
LINEARS = (".q.weight", ".k.weight", ".v.weight", ".o.weight", ".ffn.0.weight", ".ffn.2.weight")
FILES = (("tokenizer", "tokenizer.json"), ("tokenizerConfig", "tokenizer_config.json"),
         ("textEncoder", "umt5.safetensors"), ("dit", "dit.safetensors"), ("vae", "vae.safetensors"))
TEXT_KEYS = dict(vocab_size="vocabSize", dim="dim", dim_attn="dimAttn", dim_ffn="dimFfn", num_heads="numHeads",
                 num_layers="numLayers", num_buckets="numBuckets", max_distance="maxDistance")
DIT_KEYS = dict(dim="dim", ffn_dim="ffnDim", num_heads="numHeads", num_layers="numLayers", in_dim="inDim",
                out_dim="outDim", patch_size="patchSize", text_dim="textDim", text_len="textLen",
                freq_dim="freqDim", eps="eps")
VAE_KEYS = dict(dim="dim", z_dim="zDim", dim_mult="dimMult", num_res_blocks="numResBlocks",
                temporal_downsample="temporalDownsample", mean="mean", std="std")


def quantise(weight):
    """[out, in] -> int8 and the f16 scale of every block of 32 inputs."""
    blocks = weight.float().unflatten(1, (-1, BLOCK))
    scale = (blocks.abs().amax(-1) / 127).half()
    safe = scale.float().clamp_min(1e-12).unsqueeze(-1)
    return (blocks / safe).round().clamp(-127, 127).to(torch.int8).flatten(1), scale


def dequantise(q, scale):
    return (q.float().unflatten(1, (-1, BLOCK)) * scale.float().unsqueeze(-1)).flatten(1)


def pack(state, q8=False):
    """A state dict as it is stored."""
    out = {}
    for name, value in state.items():
        value = value.detach().contiguous()
        if q8 and name.startswith("blocks.") and name.endswith(LINEARS):
            out[name], out[name + "_scale"] = quantise(value)
        else:
            out[name] = value.half()
    return out


def unpack(stored):
    """The f32 weights that a stored file stands for."""
    return {k: dequantise(v, stored[k + "_scale"]) if v.dtype == torch.int8 else v.float()
            for k, v in stored.items() if not k.endswith("_scale")}


def camel(config, keys):
    return {keys[k]: list(v) if isinstance(v, tuple) else v for k, v in config.items()}


def snake(config, keys):
    back = {v: k for k, v in keys.items()}
    return {back[k]: tuple(v) if k in ("patchSize", "dimMult", "temporalDownsample") else v for k, v in config.items()}


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


def export(out, vae, model, config, preview, defaults, sizes, encoder=ENCODER):
    """Writes every file but the tokenizer, which tokenizer.py has put there."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    vae_state = pack(vae.state_dict())
    page = {k: v for k, v in vae_state.items() if k.startswith(("decoder.", "conv2."))}
    save_file(page, out / "vae.safetensors", {"format": "pt"})
    Path(encoder).parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v for k, v in vae_state.items() if k not in page}, encoder, {"format": "pt"})
    save_file(pack(model.text.state_dict()), out / "umt5.safetensors", {"format": "pt"})
    save_file(pack(model.dit.state_dict(), q8=True), out / "dit.safetensors", {"format": "pt"})
    for path in (out / "vae.safetensors", out / "umt5.safetensors", out / "dit.safetensors", Path(encoder)):
        path.chmod(0o644)
    files = []
    for role, name in FILES:
        data = (out / name).read_bytes()
        files.append(dict(role=role, path=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest()))
    manifest = dict(
        format=1, id="mini", name="Zoetrope Mini", version="0.2.0", licence="Apache-2.0",
        config=dict(textEncoder=camel(config["text"], TEXT_KEYS), dit=camel(config["dit"], DIT_KEYS),
                    vae=camel(vars(vae.config), VAE_KEYS)),
        files=files, defaults=defaults, sizes=sizes, latentPreview=preview)
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return sum(f["bytes"] for f in files) + (out / "manifest.json").stat().st_size


def load_exported(folder):
    """Text encoder and DiT (dequantised, f32) and the manifest of an exported model."""
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    model = TextToLatents(Umt5Config(**snake(manifest["config"]["textEncoder"], TEXT_KEYS)),
                          DitConfig(**snake(manifest["config"]["dit"], DIT_KEYS)))
    model.text.load_state_dict(unpack(load_file(folder / "umt5.safetensors")))
    model.dit.load_state_dict(unpack(load_file(folder / "dit.safetensors")))
    return model.eval(), manifest


def load_exported_vae(folder, encoder=ENCODER):
    """The VAE of an exported model; its encoder too, where that file is there."""
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    vae = WanVae(VaeConfig(**snake(manifest["config"]["vae"], VAE_KEYS)))
    state = unpack(load_file(folder / "vae.safetensors"))
    if Path(encoder).exists():
        state |= unpack(load_file(encoder))
    missing, surplus = vae.load_state_dict(state, strict=False)
    if surplus or any(k.startswith(("decoder.", "conv2.")) for k in missing):
        raise ValueError(f"{folder}: {len(missing)} tensors missing, {len(surplus)} unknown")
    return channels_last(vae).eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vae", required=True)
    parser.add_argument("--dit", required=True, help="a checkpoint of train_dit.py or distill.py")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "public/models/mini")
    parser.add_argument("--encoder", type=Path, default=ENCODER)
    parser.add_argument("--clips", required=True, help="rendered clips for the preview colours")
    parser.add_argument("--size", nargs="+", default=["96x96", "64x64", "128x96"], metavar="WIDTHxHEIGHT",
                        help="what the model was trained for, the default first")
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=1.0)
    args = parser.parse_args()
    vae = load_vae(args.vae)
    model, config = load_model(args.dit)
    sizes = [list(map(int, size.split("x"))) for size in args.size]
    defaults = dict(width=sizes[0][0], height=sizes[0][1], numFrames=33, fps=16, numInferenceSteps=args.steps,
                    guidanceScale=args.guidance, shift=args.shift, sampler="euler")
    total = export(args.out, vae, model, config, latent_preview(vae, Clips(args.clips)), defaults,
                   sizes, args.encoder)
    print(f"{total / 1e6:.2f} MB in {args.out}")


if __name__ == "__main__":
    main()
