"""Causal generation: a chunk of latent frames at a time, after a past of keys and values.

Every chunk is denoised in a few steps, each of which predicts the clean latents and adds
fresh noise again; then one pass at timestep 0 writes the clean chunk into the past. The
past keeps the first `sink` frames and as many of the last as the window has room for, and
positions count within the window: a film may be of any length.
"""

from dataclasses import dataclass

import torch

# How students are taught to make films, and what their manifest says of it: latent frames of a chunk (the
# first has one), of the window and of its sink; steps on `flow.sigma_grid`, and its shift.
STUDENT = dict(chunk=2, window=9, sink=3, steps=4, shift=3.0)


@dataclass(frozen=True)
class Stream:
    """How a film is made: frames a chunk, noise levels and timesteps, window and sink in frames."""

    chunk: int
    sigmas: tuple
    timesteps: tuple
    window: int | None = None
    sink: int = 0
    first_alone: bool = False

    def lengths(self, frames):
        return chunk_lengths(frames, self.chunk, self.first_alone)


def chunk_lengths(frames, chunk, first_alone):
    """Latent frames of each chunk of a film: one in a first chunk that stands alone, the rest in the last."""
    lengths = [1] if first_alone else []
    while (left := frames - sum(lengths)) > 0:
        lengths.append(min(chunk, left))
    return lengths


def make_room(past, coming, frame_tokens, stream):
    """The past without the frames that `coming` new ones push out of the window."""
    if not past or stream.window is None:
        return past
    have = past[0][0].shape[1] // frame_tokens
    surplus = have + coming - stream.window
    if surplus <= 0:
        return past
    low, high = stream.sink * frame_tokens, (stream.sink + surplus) * frame_tokens
    return [tuple(torch.cat([t[:, :low], t[:, high:]], dim=1) for t in block) for block in past]


def constant(value, like):
    return torch.full((len(like),), float(value), device=like.device)


def predict_clean(dit, x, sigma, timestep, context, past):
    """The clean latents that one pass predicts from x at a noise level."""
    velocity, _ = dit.remember(x, constant(timestep, x), context, past)
    return x - sigma * velocity.float()


def write(dit, clean, context, past):
    """The past with a clean chunk behind it."""
    return dit.remember(clean, constant(0, clean), context, past)[1]


@torch.no_grad()
def film(dit, context, noise, stream, fresh, past=None):
    """Yields (clean latents, past) chunk by chunk from noise [B, C, T, H, W].

    `fresh(chunk number, step, like)` gives the noise that is added after a step.
    """
    tokens = noise.shape[3] * noise.shape[4] // 4
    for number, x in enumerate(noise.split(stream.lengths(noise.shape[2]), dim=2)):
        past = make_room(past, x.shape[2], tokens, stream)
        for step, (sigma, timestep) in enumerate(zip(stream.sigmas, stream.timesteps)):
            clean = predict_clean(dit, x, sigma, timestep, context, past)
            if step + 1 < len(stream.sigmas):
                after = stream.sigmas[step + 1]
                x = (1 - after) * clean + after * fresh(number, step, clean)
        past = write(dit, clean, context, past)
        yield clean, past


def forcing_mask(lengths, frame_tokens, device=None):
    """What tokens of [clean frames | noisy frames] may not see, [2L, 2L]: 0 or -inf, added to logits.

    A clean chunk sees clean chunks up to itself; a noisy one sees the clean chunks before it
    and itself.
    """
    number = torch.cat([torch.full((n * frame_tokens,), i, device=device) for i, n in enumerate(lengths)])
    noisy = torch.cat([torch.zeros_like(number), torch.ones_like(number)]).bool()
    number = number.repeat(2)
    query, key = number[:, None], number[None]
    to_clean = torch.where(noisy[:, None], key < query, key <= query) & ~noisy[None]
    to_itself = noisy[:, None] & noisy[None] & (key == query)
    return torch.zeros(len(number), len(number), device=device).masked_fill(
        ~(to_clean | to_itself), -torch.inf
    )


def forced_velocity(dit, clean, noisy, timestep, context, lengths):
    """The velocity of every noisy chunk after the clean chunks before it, in one pass; timestep [B, T].

    `lengths` are the latent frames of each chunk, T in all.
    """
    grid = dit.grid(noisy)
    x = torch.cat([dit.embed(clean), dit.embed(noisy)], dim=1)
    e, e6 = dit.embed_time(torch.cat([torch.zeros_like(timestep), timestep], dim=1))
    context, bias = dit.embed_text(context)
    rope = tuple(r.repeat(2, 1) for r in dit.rope(grid, x.device))
    mask = forcing_mask(lengths, grid[1] * grid[2], x.device)
    for block in dit.blocks:
        x, _ = block(x, e6, context, rope, bias, mask)
    half = x.shape[1] // 2
    return dit.unpatch(dit.head(x[:, half:], e[:, grid[0] :]), grid)
