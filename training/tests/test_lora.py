"""A LoRA begins as nothing, changes only its pairs, is written for others; styles keep the form of a clip."""

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from training.models.dit import DitConfig, WanDit
from training.models.lora import LAYERS, Lora
from training.train.lora import StraightLoss
from training.world.render import render
from training.world.scenes import sample_scene
from training.world.styles import STYLES

CONFIG = DitConfig(dim=64, ffn_dim=96, num_heads=1, num_layers=2, text_dim=32, text_len=8)


class TestLora(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.dit = WanDit(CONFIG)
        torch.nn.init.normal_(self.dit.head.head.weight, std=0.02)
        self.inputs = torch.randn(1, 16, 2, 4, 4), torch.tensor([500.0]), torch.randn(1, 3, 32)

    def test_begins_as_nothing_and_is_the_layer_with_the_product_added(self):
        before = self.dit(*self.inputs)
        merged = WanDit(CONFIG)
        merged.load_state_dict(self.dit.state_dict())
        lora = Lora(self.dit, rank=4, alpha=8)
        assert torch.equal(self.dit(*self.inputs), before)
        assert len(lora.names) == CONFIG.num_layers * 10
        assert sum(p.requires_grad for p in self.dit.parameters()) == 2 * len(lora.names)
        for name, pair in zip(lora.names, lora.pairs):
            torch.nn.init.normal_(pair.up, std=0.02)
            merged.get_submodule(name).weight.data += 8 / 4 * pair.up.data @ pair.down.data
        torch.testing.assert_close(self.dit(*self.inputs), merged(*self.inputs), rtol=1e-4, atol=1e-5)
        assert not torch.equal(self.dit(*self.inputs), before)

    def test_is_written_in_the_names_of_comfyui(self):
        lora = Lora(self.dit, rank=4, alpha=8)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lora.safetensors"
            lora.save(path, "neon")
            tensors = load_file(path)
        assert len(tensors) == 3 * len(lora.names)
        name = "diffusion_model.blocks.1.ffn.0"
        assert tensors[f"{name}.lora_down.weight"].shape == (4, 64)
        assert tensors[f"{name}.lora_up.weight"].shape == (96, 4)
        assert tensors[f"{name}.alpha"] == 8
        assert all(t.dtype == torch.float16 for t in tensors.values())
        assert all(name.endswith(LAYERS) for name in lora.names)


class TestStraightLoss(unittest.TestCase):
    def test_is_nothing_where_the_student_goes_straight_to_its_styled_clip(self):
        styled, noise = torch.randn(4, 16, 2, 4, 4), torch.randn(4, 16, 2, 4, 4)
        seen = []

        def straight(x, timestep, ids, mask):
            seen.append((x, timestep))
            return noise - styled

        loss = StraightLoss(straight, steps=4, shift=3.0)
        assert loss(styled, noise, None, None, torch.arange(4)) == 0
        x, timestep = seen[0]
        torch.testing.assert_close(x[0], noise[0], rtol=0, atol=0.02)  # the first node is all but noise
        assert (timestep.diff() < 0).all()
        assert loss(styled + 1, noise, None, None, torch.arange(4)) == 1


class TestStyles(unittest.TestCase):
    def test_keep_the_form_of_a_clip_and_change_its_look(self):
        clip = render(sample_scene(3), 5, 32, 32)
        looks = {name: style(clip) for name, style in STYLES.items()}
        for look in looks.values():
            assert look.shape == clip.shape and look.dtype == np.uint8
        assert looks["night-neon"].mean() < clip.mean() < looks["watercolour"].mean()


if __name__ == "__main__":
    unittest.main()
