"""What pictures are compared by: values, and the edges that the eye looks at."""


def picture_loss(error):
    """L1, MSE and the L1 of gradients of an error [..., H, W] between frames in [-1, 1]."""
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.abs().mean() + 5 * error.square().mean() + 0.5 * edges


def decibels(mse, peak=2.0):
    """PSNR of a mean square error between values that span `peak`."""
    return -10 * (mse / peak**2).log10()
