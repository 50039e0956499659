"""LoRAs: thin pairs beside the linear layers of a DiT's blocks, and their file."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

LAYERS = (".q", ".k", ".v", ".o", ".ffn.0", ".ffn.2")
PREFIX = "diffusion_model."


class Pair(nn.Module):
    """The two thin matrices of a layer; their product is zero at first."""

    def __init__(self, linear, rank):
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, linear.in_features) / linear.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x):
        return F.linear(F.linear(x, self.down), self.up)


class LoraLinear(nn.Module):
    """A linear layer, and beside it alpha / rank * up(down(x))."""

    def __init__(self, linear, pair, scale):
        super().__init__()
        self.linear, self.pair, self.scale = linear, pair, scale

    def forward(self, x):
        return self.linear(x) + self.scale * self.pair(x)


class Lora(nn.Module):
    """The pairs of all linear layers in the blocks of `dit`, which it freezes and puts them into."""

    def __init__(self, dit, rank, alpha):
        super().__init__()
        dit.requires_grad_(False)
        self.alpha, self.pairs = alpha, nn.ModuleList()
        self.names = [
            name
            for name, module in dit.named_modules()
            if name.startswith("blocks.") and name.endswith(LAYERS) and isinstance(module, nn.Linear)
        ]
        for name in self.names:
            parent, last = name.rsplit(".", 1)
            linear = dit.get_submodule(name)
            self.pairs.append(Pair(linear, rank))
            setattr(dit.get_submodule(parent), last, LoraLinear(linear, self.pairs[-1], alpha / rank))

    def tensors(self):
        """f16, in the key names of ComfyUI."""
        out = {}
        for name, pair in zip(self.names, self.pairs):
            key = PREFIX + name
            out[f"{key}.lora_down.weight"] = pair.down.detach().half().cpu().contiguous()
            out[f"{key}.lora_up.weight"] = pair.up.detach().half().cpu().contiguous()
            out[f"{key}.alpha"] = torch.tensor(float(self.alpha)).half()
        return out

    def save(self, path, triggers=""):
        notes = {"format": "pt", **({"trigger_words": triggers} if triggers else {})}
        save_file(self.tensors(), path, notes)
