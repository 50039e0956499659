import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { ChannelStatistics } from '../protocol/clip-end'
import { matchedTo } from '../sampling/match-statistics'

/** Brings latents [C, T, H, W], in place, to the colours of an earlier clip. */
export async function holdColours(
  ops: Ops,
  latents: Tensor,
  target: ChannelStatistics,
  signal?: AbortSignal,
): Promise<void> {
  const values = await ops.read(latents, signal)
  ops.write(latents, () => matchedTo(target, values, latents.shape))
}
