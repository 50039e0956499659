// A clip is a list of phases. Each names the parts that are on the GPU together; this runner loads and frees them.
import type {
  ClipEncoder,
  Decoder,
  Denoiser,
  FilmDenoiser,
  Loading,
  Networks,
  TextModel,
  TinyDecoder,
  Upscaler,
  VisionEncoder,
} from '../models/family'
import type { Stage } from '../protocol/progress'

/** The parts that may be on the GPU. */
export interface Parts {
  readonly text: TextModel
  readonly vision: VisionEncoder
  readonly encoder: ClipEncoder
  readonly denoiser: Denoiser
  readonly filmDenoiser: FilmDenoiser
  readonly decoder: Decoder<unknown>
  readonly tinyDecoder: TinyDecoder<unknown>
  readonly upscaler: Upscaler
}

export type PartName = keyof Parts

/** Opens a part for a moment, beside those that the phase holds. */
export type Borrow = <N extends PartName, T>(name: N, use: (part: Parts[N]) => Promise<T>) => Promise<T>

export interface Phase {
  readonly name: Stage
  /** Steps of its progress. */
  readonly steps: number
  readonly holds: readonly PartName[]
  /**
   * @param held returns a part that the phase holds
   * @param reopen releases a part that the phase holds, and opens it again
   * @param borrow opens another part for a moment
   */
  run(
    held: <N extends PartName>(name: N) => Parts[N],
    reopen: <N extends PartName>(name: N) => Promise<Parts[N]>,
    borrow: Borrow,
  ): Promise<void>
}

export interface PhaseEvents {
  /** Wraps the run of a phase, including its loading. */
  around(phase: Phase, body: () => Promise<void>): Promise<void>
  /** Called once everything that the phase holds is loaded. */
  onLoaded?(phase: Phase): void
}

const OPEN: { readonly [N in PartName]: (networks: Networks, at: Loading) => Promise<Parts[N]> } = {
  text: (networks, at) => networks.openText(at),
  vision(networks, at) {
    if (!networks.openVision) throw new Error('A phase holds a vision encoder, and the model has none.')
    return networks.openVision(at)
  },
  encoder(networks, at) {
    if (!networks.openEncoder) throw new Error('A phase holds an encoder, and the model has none.')
    return networks.openEncoder(at)
  },
  denoiser: (networks, at) => networks.openDenoiser(at),
  filmDenoiser(networks, at) {
    if (!networks.openFilmDenoiser)
      throw new Error('A phase holds a denoiser of films, and the model has none.')
    return networks.openFilmDenoiser(at)
  },
  decoder: (networks, at) => networks.openDecoder(at),
  tinyDecoder(networks, at) {
    if (!networks.openTinyDecoder) throw new Error('A phase holds a tiny decoder, and the model has none.')
    return networks.openTinyDecoder(at)
  },
  upscaler(networks, at) {
    if (!networks.openUpscaler) throw new Error('A phase holds an upscaler, and the model has none.')
    return networks.openUpscaler(at)
  },
}

/** Runs the phases in order. A part stays from the first phase that holds it to the last of those in a row. */
export async function runPhases(
  phases: readonly Phase[],
  networks: Networks,
  at: Loading,
  { around, onLoaded }: PhaseEvents,
): Promise<void> {
  const held: { -readonly [N in PartName]?: Parts[N] } = {}
  const free = async (keep: readonly PartName[]): Promise<void> => {
    for (const name of Object.keys(held) as PartName[]) {
      if (keep.includes(name)) continue
      const part = held[name]
      delete held[name]
      await part?.release()
    }
  }
  const open = async <N extends PartName>(name: N): Promise<void> => {
    held[name] ??= await OPEN[name](networks, at)
  }
  const borrow: Borrow = async (name, use) => {
    const part = await OPEN[name](networks, { ...at, isLean: true })
    try {
      return await use(part)
    } finally {
      await part.release()
      at.ops.pool.trim()
    }
  }
  try {
    for (const phase of phases) {
      await free(phase.holds)
      await trimmed(at)
      at.ops.pool.resetHighWater()
      await around(phase, async () => {
        for (const name of phase.holds) await open(name)
        onLoaded?.(phase)
        const get = <N extends PartName>(name: N): Parts[N] => {
          const part = held[name]
          if (!part || !phase.holds.includes(name))
            throw new Error(`The phase ${phase.name} does not hold its ${name}.`)
          return part as never // of that name
        }
        const reopen = async <N extends PartName>(name: N): Promise<Parts[N]> => {
          get(name)
          await free(phase.holds.filter((other) => other !== name))
          await trimmed(at)
          await open(name)
          return get(name)
        }
        await phase.run(get, reopen, borrow)
      })
    }
  } finally {
    await free([])
  }
}

/** Gives free memory back. A part that read ahead may have left data for its buffers: that is written first. */
async function trimmed({ ops, signal }: Loading): Promise<void> {
  await ops.drain(signal)
  ops.pool.trim()
}
