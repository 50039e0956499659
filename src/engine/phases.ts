// A clip is a list of phases. Each names the parts that are on the GPU together; what loads and frees them is here.
import type { Ops } from '../gpu/ops'
import type { Decoder, Denoiser, Loading, Networks, TextModel, TinyDecoder } from '../models/family'
import type { Stage } from '../protocol/progress'

/** What may be on the GPU. */
export interface Parts {
  readonly text: TextModel
  readonly denoiser: Denoiser
  readonly decoder: Decoder<unknown>
  readonly tinyDecoder: TinyDecoder<unknown>
}

export type PartName = keyof Parts

export interface Phase {
  readonly name: Stage
  /** Steps that its progress counts. */
  readonly steps: number
  readonly holds: readonly PartName[]
  /** @param held gives a part that the phase holds */
  run(held: <N extends PartName>(name: N) => Parts[N]): Promise<void>
}

export interface PhaseEvents {
  /** Runs a phase, its loading included, and may watch it. */
  around(phase: Phase, body: () => Promise<void>): Promise<void>
  /** Once everything that the phase holds is there. */
  onLoaded?(phase: Phase): void
}

const OPEN: { readonly [N in PartName]: (networks: Networks, at: Loading) => Promise<Parts[N]> } = {
  text: (networks, at) => networks.openText(at),
  denoiser: (networks, at) => networks.openDenoiser(at),
  decoder: (networks, at) => networks.openDecoder(at),
  tinyDecoder(networks, at) {
    if (!networks.openTinyDecoder) throw new Error('A phase holds a tiny decoder, and the model has none.')
    return networks.openTinyDecoder(at)
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
  try {
    for (const phase of phases) {
      await free(phase.holds)
      settle(at.ops)
      await around(phase, async () => {
        for (const name of phase.holds) await open(name)
        onLoaded?.(phase)
        await phase.run((name) => {
          const part = held[name]
          if (!part || !phase.holds.includes(name))
            throw new Error(`The phase ${phase.name} does not hold its ${name}.`)
          return part as never // of that name
        })
      })
    }
  } finally {
    await free([])
  }
}

/** Gives free memory back and begins to measure anew. */
function settle({ pool }: Ops): void {
  pool.trim()
  pool.resetHighWater()
}
