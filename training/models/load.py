"""Small networks from their files."""

from training.models.files import load_kept
from training.models.tiny_decoder import TinyDecoder
from training.models.upscaler import Upscaler


def load_tiny_decoder(path):
    """A TAEHV decoder as wide as its tensors."""
    state, _ = load_kept(path)
    first = state["decoder.1.weight"]
    widths = [len(state[f"decoder.{i}.weight"]) for i in (1, 8, 14, 20)]
    model = TinyDecoder(first.shape[1], widths)
    model.load_state_dict(state)
    return model.eval()


def load_upscaler(path):
    """A compact SRVGG as wide and deep as its tensors."""
    state, _ = load_kept(path)
    convolutions = sum(value.ndim == 4 for value in state.values()) - 2
    model = Upscaler(len(state["body.0.bias"]), convolutions)
    model.load_state_dict(state)
    return model.eval()
