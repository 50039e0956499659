// A denoiser of two experts: one for the noisy first steps, one for the others. The switch comes once in a clip, so
// only one of them is on the GPU; each is read when it first predicts, as a run may go on after the switch.
import type { Conditioning, Denoiser, Loading, Prepared, Timesteps } from './family'

/** Opens one of the two. */
export type OpenExpert = (noise: 'high' | 'low') => Promise<Denoiser>

interface ExpertPrepared extends Prepared {
  readonly given: Conditioning
  /** By the expert in use; another's are of no use to it. */
  own: Prepared | undefined
}

/**
 * @param boundary the timestep from which on the expert for high noise predicts, of 1000
 */
export function openExperts(
  { ops, signal, onLoaded }: Pick<Loading, 'ops' | 'signal' | 'onLoaded'>,
  open: OpenExpert,
  boundary: number,
): Denoiser<ExpertPrepared> {
  let current: { readonly noise: 'high' | 'low'; readonly expert: Denoiser } | undefined
  const alive = new Set<ExpertPrepared>()

  const forget = (each: ExpertPrepared): void => {
    each.own?.release()
    each.own = undefined
  }
  const leave = async (): Promise<void> => {
    for (const each of alive) forget(each)
    const left = current
    current = undefined // also where what comes next fails
    await left?.expert.release()
  }
  /** Frees the memory of the one before the other is read: their formats, and so their sizes, may differ. */
  const use = async (noise: 'high' | 'low'): Promise<Denoiser> => {
    if (current?.noise === noise) return current.expert
    if (current) {
      await leave()
      await ops.drain(signal)
      ops.pool.trim()
    }
    current = { noise, expert: await open(noise) }
    onLoaded?.()
    return current.expert
  }

  return {
    async prepare(given) {
      const each: ExpertPrepared = {
        given,
        own: undefined,
        release() {
          forget(each)
          alive.delete(each)
        },
      }
      alive.add(each)
      return each
    },
    async velocity(x, time, each) {
      const expert = await use(isHigh(time, boundary) ? 'high' : 'low')
      each.own ??= await expert.prepare(each.given)
      return expert.velocity(x, time, each.own)
    },
    release: leave,
  }
}

/** Held frames have timestep 0 and do not count. */
function isHigh({ values }: Timesteps, boundary: number): boolean {
  return Math.max(...values) >= boundary
}
