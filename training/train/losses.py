"""What pictures are compared by: values, and the edges that the eye looks at."""

import torch.nn.functional as F


def picture_loss(error):
    """L1, MSE and the L1 of gradients of an error [..., H, W] between frames in [-1, 1]."""
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.abs().mean() + 5 * error.square().mean() + 0.5 * edges


def sharpness_loss(y, wanted, side=5):
    """L1 of the local strength of edges of frames [B, C, H, W]: blur costs as much as an edge too many."""
    return (edge_strength(y, side) - edge_strength(wanted, side)).abs().mean()


def edge_strength(x, side):
    """Root of the mean square of differences in windows of `side` pixels."""
    across = x.diff(dim=-1)[..., :-1, :].square()
    down = x.diff(dim=-2)[..., :-1].square()
    return (F.avg_pool2d(across + down, side, 1) + 1e-6).sqrt()


def decibels(mse, peak=2.0):
    """PSNR of a mean square error between values that span `peak`."""
    return -10 * (mse / peak**2).log10()
