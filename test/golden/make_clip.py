"""Writes clip_tiny.golden.safetensors: CLIP's vision transformer of transformers, small, with formula weights.

    pip install --no-deps transformers==5.23.0    # and what it asks for, but not another torch
    python test/golden/make_clip.py

`pixels` [S, S, 3] from −1 to 1 → `features`: what comes out of the last layer but one, with no norm after it, as Wan uses it.
Formula names are those of transformers.
"""
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import CLIPVisionConfig, CLIPVisionModel

from formula import formula_tensor

SALT = "clip/"
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

config = CLIPVisionConfig(
    hidden_size=160, intermediate_size=640, num_hidden_layers=4, num_attention_heads=2, image_size=42, patch_size=14, hidden_act="gelu", layer_norm_eps=1e-5, attn_implementation="eager"
)
model = CLIPVisionModel(config).eval()
state = {}
for name, tensor in model.state_dict().items():
    if name.endswith("position_ids"):
        state[name] = tensor
        continue
    state[name] = formula_tensor(name if name.startswith("vision_model.") else f"vision_model.{name}", tuple(tensor.shape), SALT)
model.load_state_dict(state)
rng = np.random.default_rng(7)
pixels = rng.uniform(-1, 1, (config.image_size, config.image_size, 3)).astype(np.float32)
image = (torch.from_numpy(pixels) * 0.5 + 0.5 - torch.tensor(MEAN)) / torch.tensor(STD)
with torch.no_grad():
    hidden = model(image.permute(2, 0, 1)[None], output_hidden_states=True).hidden_states
numbers = {name: getattr(config, name) for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "image_size", "patch_size", "layer_norm_eps")}
tensors = {"pixels": pixels, "tap.embedded": hidden[0][0].numpy(), "features": hidden[-2][0].numpy()}
save_file(
    {name: np.ascontiguousarray(value) for name, value in tensors.items()},
    Path(__file__).resolve().parent / "clip_tiny.golden.safetensors",
    metadata={"config": json.dumps(numbers), "weights": "formula", "salt": SALT},
)
print({name: value.shape for name, value in tensors.items()}, float(np.abs(tensors["features"]).mean()))
