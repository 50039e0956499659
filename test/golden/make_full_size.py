"""Writes {dit_1.3b,umt5_xxl}{,_q8_0}_full.golden.safetensors: all 30 and all 24 layers at their real widths with formula weights, run on the CPU in f32 by diffusers' WanTransformer3DModel and transformers' UMT5EncoderModel.

    pip install --no-deps diffusers transformers gguf; python test/golden/make_full_size.py [dit] [dit_q8_0] [umt5] [umt5_q8_0]

A layer is made, filled, run and freed before the next: 3 GB of memory, and minutes. Of every layer's result a sample is
kept (every 53rd element), so that the first layer to diverge can be named; in umT5 the sample is taken behind the last
norm, where a model that ends with this layer has its result. q8_0: the matrices of these layers go through GGUF's
Q8_0 and back, by the gguf package.
"""
import json
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from formula import formula_rows, formula_tensor

FOLDER = Path(__file__).resolve().parent
STRIDE = 53

DIT = dict(dim=1536, ffn_dim=8960, num_heads=12, num_layers=30, in_dim=16, out_dim=16, patch_size=[1, 2, 2], text_dim=4096,
           text_len=512, freq_dim=256)
UMT5 = dict(vocab=256384, dim=4096, dim_attn=4096, dim_ffn=10240, num_heads=64, num_layers=24, num_buckets=32, max_distance=128)
LATENTS = (16, 3, 10, 12)  # 90 tokens: three frames of 5 by 6
CONTEXT_TOKENS = 8
TIMESTEP = 757.0
IDS = [298, 5063, 12, 256383, 77001, 5063, 3, 90210, 131072, 1]

# diffusers' names, and in them the original's. Its norm2 is the original's norm3: the others have no weights.
DIT_NAMES = (("condition_embedder.time_embedder.linear_1", "time_embedding.0"), ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
             ("condition_embedder.text_embedder.linear_1", "text_embedding.0"), ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
             ("condition_embedder.time_proj", "time_projection.1"), ("proj_out", "head.head"), ("attn1.to_out.0", "self_attn.o"),
             ("attn2.to_out.0", "cross_attn.o"), ("attn1.to_", "self_attn."), ("attn2.to_", "cross_attn."), ("attn1.", "self_attn."),
             ("attn2.", "cross_attn."), ("ffn.net.0.proj", "ffn.0"), ("ffn.net.2", "ffn.2"), ("norm2", "norm3"))
UMT5_NAMES = (("layer.0.layer_norm", "norm1"), ("layer.1.layer_norm", "norm2"), ("layer.0.SelfAttention.relative_attention_bias", "pos_embedding.embedding"),
              ("layer.0.SelfAttention.", "attn."), ("layer.1.DenseReluDense.wi_0", "ffn.gate.0"), ("layer.1.DenseReluDense.wi_1", "ffn.fc1"),
              ("layer.1.DenseReluDense.wo", "ffn.fc2"))


def original(name, names, tables=""):
    """`tables`: what a scale_shift_table here is a table of ("head." or nothing)."""
    for theirs, own in names:
        if theirs in name:
            return name.replace(theirs, own)
    return name.replace("scale_shift_table", f"{tables}modulation")


def fill(module, names, prefix="", tables="", through=None):
    """Gives every parameter of `module` its formula value, under the name it has in the original below `prefix`.
    `through`: what matrices of linear layers go through."""
    values = {name: formula_tensor(prefix + original(name, names, tables), tuple(each.shape)) for name, each in module.named_parameters()}
    if through:
        linear = {f"{name}.weight" for name, each in module.named_modules() if isinstance(each, nn.Linear)}
        values = {name: through(value) if name in linear else value for name, value in values.items()}
    module.load_state_dict(values, assign=True)


def through_q8_0(matrix):
    from gguf import GGMLQuantizationType, quants

    kind = GGMLQuantizationType.Q8_0
    return torch.from_numpy(quants.dequantize(quants.quantize(matrix.numpy(), kind), kind)).reshape(matrix.shape)


class FormulaLayer(nn.Module):
    """Stands for a layer, and has its weights only while it runs. Keeps a sample of what the layer gives."""

    def __init__(self, name, make, names, samples, through=None, view=lambda out: out):
        super().__init__()
        self.name, self.make, self.names, self.samples, self.through, self.view = name, make, names, samples, through, view

    def forward(self, *args, **kwargs):
        began = time.time()
        with torch.device("meta"):
            layer = self.make()
        fill(layer, self.names, f"{self.name}.", through=self.through)
        out = layer.eval()(*args, **kwargs)
        self.samples[f"tap.{self.name}"] = self.view(out).flatten()[::STRIDE].clone()
        print(f"{self.name}: rms {out.square().mean().sqrt():.3f}, {time.time() - began:.1f} s", flush=True)
        return out


def exact_sinusoid(timestep):
    """As the official code, in f64: diffusers' own, in f32, is 3e-5 off at large timesteps."""
    half = DIT["freq_dim"] // 2
    angle = timestep.double()[:, None] * torch.pow(10000.0, -torch.arange(half, dtype=torch.float64) / half)
    return torch.cat([angle.cos(), angle.sin()], 1).float()


def save(name, config, tensors):
    path = FOLDER / f"{name}.golden.safetensors"
    save_file({key: value.contiguous() for key, value in tensors.items()}, path,
              {"weights": "formula", "salt": "", "config": json.dumps(config), "sampleStride": str(STRIDE)})
    path.chmod(0o644)
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


def dit(name="dit_1.3b_full", through=None):
    from diffusers.models.transformers.transformer_wan import WanTransformer3DModel, WanTransformerBlock

    model = WanTransformer3DModel(num_attention_heads=DIT["num_heads"], attention_head_dim=DIT["dim"] // DIT["num_heads"], ffn_dim=DIT["ffn_dim"], num_layers=0)
    fill(model, DIT_NAMES, tables="head.")
    tensors = {}
    make = lambda: WanTransformerBlock(DIT["dim"], DIT["ffn_dim"], DIT["num_heads"], "rms_norm_across_heads", True, 1e-6)
    model.blocks = nn.ModuleList(FormulaLayer(f"blocks.{i}", make, DIT_NAMES, tensors, through) for i in range(DIT["num_layers"]))
    model.condition_embedder.timesteps_proj.forward = exact_sinusoid
    random = torch.Generator().manual_seed(13)
    latents, context = torch.randn(LATENTS, generator=random), 0.5 * torch.randn(CONTEXT_TOKENS, DIT["text_dim"], generator=random)
    padded = torch.zeros(1, DIT["text_len"], DIT["text_dim"])
    padded[0, :CONTEXT_TOKENS] = context
    velocity = model.eval()(latents[None], torch.tensor([TIMESTEP]), padded, return_dict=False)[0][0]
    save(name, DIT, dict(latents=latents, timestep=torch.tensor([TIMESTEP]), context=context, **tensors, velocity=velocity))


def umt5(name="umt5_xxl_full", through=None):
    from transformers import UMT5Config
    from transformers.models.umt5.modeling_umt5 import UMT5Block, UMT5EncoderModel

    config = UMT5Config(vocab_size=1, d_model=UMT5["dim"], d_kv=UMT5["dim_attn"] // UMT5["num_heads"], d_ff=UMT5["dim_ffn"], num_heads=UMT5["num_heads"],
                        num_layers=0, feed_forward_proj="gated-gelu", relative_attention_num_buckets=UMT5["num_buckets"],
                        relative_attention_max_distance=UMT5["max_distance"], attn_implementation="eager")
    model = UMT5EncoderModel(config)
    norm = model.encoder.final_layer_norm
    norm.weight.data = formula_tensor("norm.weight", (UMT5["dim"],))
    tensors = {}
    make = lambda: UMT5Block(model.encoder.config)
    model.encoder.block = nn.ModuleList(FormulaLayer(f"blocks.{i}", make, UMT5_NAMES, tensors, through, norm) for i in range(UMT5["num_layers"]))
    embedded = torch.cat([formula_rows("token_embedding.weight", (UMT5["vocab"], UMT5["dim"]), id, 1) for id in IDS])
    hidden = model.eval()(inputs_embeds=embedded[None]).last_hidden_state[0]
    save(name, UMT5, dict(ids=torch.tensor(IDS, dtype=torch.int32), **tensors, hidden=hidden))


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    makers = dict(dit=dit, dit_q8_0=lambda: dit("dit_1.3b_q8_0_full", through_q8_0), umt5=umt5, umt5_q8_0=lambda: umt5("umt5_xxl_q8_0_full", through_q8_0))
    for each in sys.argv[1:] or makers:
        makers[each]()
