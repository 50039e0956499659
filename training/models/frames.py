"""Between 8-bit clips [B, F, H, W, 3] and what networks see: [B, 3, F, H, W] in [-1, 1]."""

import numpy as np
import torch


def to_frames(clips, device="cpu"):
    """uint8 [B, F, H, W, 3] -> float32 [B, 3, F, H, W]."""
    return torch.from_numpy(np.array(clips)).to(device).permute(0, 4, 1, 2, 3).float().mul_(2 / 255).sub_(1)


def to_uint8(video):
    """[B, 3, F, H, W] -> uint8 [B, F, H, W, 3]."""
    rounded = ((video.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return rounded.permute(0, 2, 3, 4, 1).contiguous().cpu().numpy()
