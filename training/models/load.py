"""Small networks from their files."""

from pathlib import Path

from safetensors.torch import load_file

from training.models.files import load_checkpoint
from training.models.tiny_decoder import TinyDecoder
from training.models.upscaler import Upscaler


def _state(path):
    """Weights in float32, of a safetensors file or a training checkpoint."""
    state = load_file(path) if Path(path).suffix == ".safetensors" else load_checkpoint(path)["ema"]
    return {name: value.float() for name, value in state.items()}


def load_tiny_decoder(path):
    """A TAEHV decoder as wide as its tensors."""
    state = _state(path)
    first = state["decoder.1.weight"]
    widths = [len(state[f"decoder.{i}.weight"]) for i in (1, 8, 14, 20)]
    model = TinyDecoder(first.shape[1], widths)
    model.load_state_dict(state)
    return model.eval()


def load_upscaler(path):
    """A compact SRVGG as wide and deep as its tensors."""
    state = _state(path)
    convolutions = sum(value.ndim == 4 for value in state.values()) - 2
    model = Upscaler(len(state["body.0.bias"]), convolutions)
    model.load_state_dict(state)
    return model.eval()
