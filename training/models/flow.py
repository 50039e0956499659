"""Flow matching: x = (1 - sigma) x0 + sigma noise, velocity = noise - x0.

The grid is the engine's: `steps` nodes, shifted towards noise, each seen by the model as a
whole timestep.
"""

import torch


def shifted(sigma, shift):
    return shift * sigma / (1 + (shift - 1) * sigma)


def sigma_grid(steps, shift):
    """sigmas [steps + 1] (the last is 0) and the timesteps [steps] that the model gets."""
    base = torch.linspace(0.999, 0, steps + 1, dtype=torch.float64)[:-1]
    sigmas = shifted(base, shift)
    timesteps = (sigmas * 1000).floor()
    return torch.cat([sigmas, torch.zeros(1, dtype=torch.float64)]).float(), timesteps.float()


def training_sigmas(rng, count, shift):
    """Logit-normal, then shifted."""
    normal = torch.from_numpy(rng.standard_normal(count)).float()
    return shifted(torch.sigmoid(normal), shift)


def mix(x0, noise, sigma):
    sigma = sigma.view(-1, 1, 1, 1, 1)
    return (1 - sigma) * x0 + sigma * noise


def frame_timesteps(timestep, frames, given):
    """Timesteps [B] as [B, T]: 0 for the first `given` latent frames, which are clean."""
    rows = timestep[:, None].repeat(1, frames)
    rows[:, :given] = 0
    return rows


def hold(x, first):
    """x with its first latent frames replaced by clean ones; `first` may be None."""
    return x if first is None else torch.cat([first, x[:, :, first.shape[2] :]], dim=2)


@torch.no_grad()
def guided_velocity(dit, x, timestep, context, empty, guidance):
    """uncond + guidance (cond - uncond), both in one batch."""
    if guidance == 1:
        return dit(x, timestep, context)
    both = dit(
        torch.cat([x, x]), torch.cat([timestep, timestep]), torch.cat([context, empty.expand_as(context)])
    )
    cond, uncond = both.chunk(2)
    return uncond + guidance * (cond - uncond)


@torch.no_grad()
def euler(dit, noise, context, empty, steps, shift, guidance=1.0, first=None):
    """Integrates from noise to latents; the clip begins with the clean frames `first` [B, C, k, H, W]."""
    sigmas, timesteps = sigma_grid(steps, shift)
    x = hold(noise, first)
    for i in range(steps):
        t = timesteps[i].to(x.device).expand(len(x))
        if first is not None:
            t = frame_timesteps(t, x.shape[2], first.shape[2])
        v = guided_velocity(dit, x, t, context, empty, guidance).float()
        x = hold(x + (sigmas[i + 1] - sigmas[i]) * v, first)
    return x
