"""Trained models on the disk: training checkpoints, and the files that the page loads.

An exported folder holds safetensors with Wan's key names and `manifest.json`: the linear
layers of the DiT's blocks as q8 (int8, one f16 scale per 32 inputs), everything else as f16.
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from training.models.dit import DitConfig
from training.models.mini import TextToLatents
from training.models.umt5 import Umt5Config
from training.models.vae import VaeConfig, WanVae, channels_last

BLOCK = 32
ENCODER = Path(__file__).resolve().parents[1] / "weights" / "vae_encoder.safetensors"
LINEARS = (".q.weight", ".k.weight", ".v.weight", ".o.weight", ".ffn.0.weight", ".ffn.2.weight")
TEXT_KEYS = dict(
    vocab_size="vocabSize", dim="dim", dim_attn="dimAttn", dim_ffn="dimFfn", num_heads="numHeads",
    num_layers="numLayers", num_buckets="numBuckets", max_distance="maxDistance",
)  # fmt: skip
DIT_KEYS = dict(
    dim="dim", ffn_dim="ffnDim", num_heads="numHeads", num_layers="numLayers", in_dim="inDim",
    out_dim="outDim", patch_size="patchSize", text_dim="textDim", text_len="textLen",
    freq_dim="freqDim", eps="eps",
)  # fmt: skip
VAE_KEYS = dict(
    dim="dim", z_dim="zDim", dim_mult="dimMult", num_res_blocks="numResBlocks",
    temporal_downsample="temporalDownsample", mean="mean", std="std",
)  # fmt: skip
TUPLES = ("patchSize", "dimMult", "temporalDownsample")


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
    """The f32 weights of a stored file."""
    return {
        k: dequantise(v, stored[k + "_scale"]) if v.dtype == torch.int8 else v.float()
        for k, v in stored.items()
        if not k.endswith("_scale")
    }


def camel(config, keys):
    return {keys[k]: list(v) if isinstance(v, tuple) else v for k, v in config.items()}


def snake(config, keys):
    back = {v: k for k, v in keys.items()}
    return {back[k]: tuple(v) if k in TUPLES else v for k, v in config.items()}


def load_checkpoint(path):
    return torch.load(path, map_location="cpu", weights_only=False)


def keep(path, state, config):
    """Weights alone, in half precision, with their configuration: small enough to commit."""
    save_file(pack(state), path, {"format": "pt", "config": json.dumps(config)})
    Path(path).chmod(0o644)


def load_kept(path, which="ema"):
    """Weights and configuration of a checkpoint, or of a file that `keep` wrote."""
    if Path(path).suffix != ".safetensors":
        state = load_checkpoint(path)
        return state[which], state["config"]
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["config"])
    return unpack(load_file(path)), config


def load_vae(path, which="ema"):
    """A trained VAE from a checkpoint, a kept file, or an exported folder."""
    if Path(path).is_dir():
        return load_exported_vae(path)
    state, config = load_kept(path, which)
    vae = WanVae(VaeConfig(**config))
    vae.load_state_dict(state)
    return channels_last(vae).eval()


def load_model(path, which="ema"):
    """Text encoder and DiT from a checkpoint or a kept file, and their configuration."""
    state, config = load_kept(path, which)
    model = TextToLatents(Umt5Config(**config["text"]), DitConfig(**config["dit"]))
    model.load_state_dict(state)
    return model.eval(), config


def load_exported(folder, dit="dit.safetensors"):
    """Text encoder and DiT (dequantised, f32) and the manifest of an exported model."""
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    model = TextToLatents(
        Umt5Config(**snake(manifest["config"]["textEncoder"], TEXT_KEYS)),
        DitConfig(**snake(manifest["config"]["dit"], DIT_KEYS)),
        folder / "tokenizer.json",
    )
    model.text.load_state_dict(unpack(load_file(folder / "umt5.safetensors")))
    model.dit.load_state_dict(unpack(load_file(folder / dit)))
    return model.eval(), manifest


def load_dit(path):
    """Text encoder and DiT of an exported folder, or of a checkpoint or kept file."""
    return load_exported(path)[0] if Path(path).is_dir() else load_model(path)[0]


def load_exported_vae(folder, encoder=None):
    """The VAE of an exported model; its encoder too, from the same folder or else from training/weights."""
    folder = Path(folder)
    beside = folder / "vae_encoder.safetensors"
    encoder = encoder or (beside if beside.exists() else ENCODER)
    manifest = json.loads((folder / "manifest.json").read_text())
    vae = WanVae(VaeConfig(**snake(manifest["config"]["vae"], VAE_KEYS)))
    state = unpack(load_file(folder / "vae.safetensors"))
    if Path(encoder).exists():
        state |= unpack(load_file(encoder))
    missing, surplus = vae.load_state_dict(state, strict=False)
    if surplus or any(k.startswith(("decoder.", "conv2.")) for k in missing):
        raise ValueError(f"{folder}: {len(missing)} tensors missing, {len(surplus)} unknown")
    return channels_last(vae).eval()
