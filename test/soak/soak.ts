// Many clips and many cancels of one engine, and what each leaves behind: buffers on the GPU, objects in the heap.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Pipeline } from '../../src/engine/pipeline'
import type { BufferMeter } from '../../src/gpu/buffer-meter'
import { toFailure } from '../../src/protocol/errors'
import type { SettingsInput } from '../../src/protocol/settings'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What there is after a clip or a cancel. */
export interface Left {
  readonly gpuBytes: number
  readonly heapBytes: number
  /** Outside the heap: arrays. */
  readonly arrayBytes: number
}

export interface Soaked {
  readonly clips: number
  readonly cancels: number
  readonly left: readonly Left[]
  /** Of the latents of the clips: one, where all are the same. */
  readonly latents: ReadonlySet<string>
}

export interface SoakOptions {
  readonly engine: Pipeline
  readonly meter: BufferMeter
  readonly settings: SettingsInput
  readonly clips: number
  readonly cancels: number
  onRound?(round: number, left: Left): void
}

async function look(meter: BufferMeter): Promise<Left> {
  await new Promise((resolve) => setTimeout(resolve, 0))
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { gpuBytes: meter.live, heapBytes: heapUsed, arrayBytes: arrayBuffers }
}

/** Cancels at the report of this number, in whatever phase that is. @returns whether it came to that */
async function cancelAt(engine: Pipeline, settings: SettingsInput, report: number): Promise<boolean> {
  const stop = new AbortController()
  let seen = 0
  const onProgress = (): void => {
    if (seen++ === report) stop.abort(new DOMException('Enough.', 'AbortError'))
  }
  try {
    await engine.generate(settings, { onProgress }, stop.signal)
    return false
  } catch (error) {
    if (toFailure(error).code !== 'cancelled') throw error
    return true
  }
}

/** Clips and cancels by turns, each cancel at another point of the run. */
export async function soak({ engine, meter, settings, onRound, ...wanted }: SoakOptions): Promise<Soaked> {
  const left: Left[] = []
  const latents = new Set<string>()
  let [clips, cancels, reports] = [0, 0, 0]
  for (let round = 0; clips < wanted.clips || cancels < wanted.cancels; round++) {
    if (clips < wanted.clips) {
      let count = 0
      const { latentsSha256 } = await engine.generate(settings, { onProgress: () => void count++ })
      reports = count
      latents.add(latentsSha256)
      clips++
    }
    // Another part of the run each time; 7 has no divisor in common with most counts.
    if (cancels < wanted.cancels && (await cancelAt(engine, settings, (7 * round) % reports))) cancels++
    left.push(await look(meter))
    onRound?.(round, left.at(-1)!)
  }
  return { clips, cancels, left, latents }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/** Growth of a measure from the second third of a run to the last: what comes first is warming up. */
export function growth(left: readonly Left[], measure: keyof Left): number {
  const third = Math.ceil(left.length / 3)
  const values = left.map((each) => each[measure])
  return median(values.slice(-third)) - median(values.slice(third, 2 * third))
}
