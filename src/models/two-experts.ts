// A denoiser of two experts: one for the noisy first steps, one for the others. The switch comes once in a clip, so
// only one of them is on the GPU.
import type { Conditioning, Denoiser, Prepared, Timesteps } from './family'

/** Opens one of the two. */
export type OpenExpert = (noise: 'high' | 'low') => Promise<Denoiser>

interface ExpertPrepared extends Prepared {
  readonly given: Conditioning
  /** By the expert in use; another's are of no use to it. */
  own: { readonly by: Denoiser; readonly prepared: Prepared } | undefined
}

/**
 * @param boundary the timestep from which on the expert for high noise predicts, of 1000
 */
export async function openExperts(open: OpenExpert, boundary: number): Promise<Denoiser<ExpertPrepared>> {
  let noise: 'high' | 'low' = 'high'
  let expert = await open(noise)
  const alive = new Set<ExpertPrepared>()

  /** Frees the one before the other is read. */
  const use = async (wanted: 'high' | 'low'): Promise<void> => {
    if (wanted === noise) return
    for (const each of alive) forget(each)
    await expert.release()
    noise = wanted
    expert = await open(wanted)
  }
  const forget = (each: ExpertPrepared): void => {
    each.own?.prepared.release()
    each.own = undefined
  }
  const preparedFor = async (each: ExpertPrepared): Promise<Prepared> => {
    if (each.own?.by !== expert) each.own = { by: expert, prepared: await expert.prepare(each.given) }
    return each.own.prepared
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
      await preparedFor(each)
      return each
    },
    async velocity(x, time, each) {
      await use(isHigh(time, boundary) ? 'high' : 'low')
      return expert.velocity(x, time, await preparedFor(each))
    },
    release: () => expert.release(),
  }
}

/** Held frames have timestep 0 and do not count. */
function isHigh({ values }: Timesteps, boundary: number): boolean {
  return Math.max(...values) >= boundary
}
