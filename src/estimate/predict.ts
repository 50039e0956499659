// How long a clip will take on this machine, from the clips that it has made and from a measurement of its GPU.
import type { GpuSpeed, ModelShape, RunRecord, StageSeconds, TimeEstimate } from '../protocol/estimate'
import type { Stage } from '../protocol/progress'
import { workOf, type ClipSize } from './work'

export interface Known {
  readonly model: string
  readonly shape: ModelShape
  /** The shapes of other models, by id, so that their runs count too. */
  readonly shapes: Readonly<Record<string, ModelShape>>
  readonly adapter: string
  readonly runs: readonly RunRecord[]
  readonly speed?: GpuSpeed | undefined
}

/** Stages whose time hardly depends on the size. */
const FIXED: readonly Stage[] = ['load', 'tokenise', 'encode', 'finish']
const MOST_RUNS = 12
/** A clip of a shape that was never made here may take this much more or less. */
const SPREAD = { model: 1.25, machine: 1.7, benchmark: 2.2 }
/** Of a benchmark's rate, what a whole model reaches. */
const EFFICIENCY = 0.45
/** Seconds in which a GPU takes the orders of one layer, however little there is to do. */
const ORDER_SECONDS = 4e-4
/** Bytes of a text encoder that are read and multiplied in a second. */
const READ_RATE = 1e9
const LOAD_SECONDS = 0.5
/** Operations below which a dispatch costs more than the work in it. */
const SMALL_PASS = 5e9

interface Sample {
  work: number
  seconds: number
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/**
 * Seconds for an amount of work. Samples of two sizes or more give a fixed part and a rate; samples of one size give a
 * rate, and of small work most of the time counts as fixed, because there the GPU waits for its orders.
 */
function fit(samples: readonly Sample[], work: number): number | undefined {
  const works = [...new Set(samples.map((sample) => sample.work))].sort((a, b) => a - b)
  const at = (size: number): number =>
    median(samples.filter((sample) => sample.work === size).map(({ seconds }) => seconds)) ?? 0
  const [least] = works
  const most = works.at(-1)
  if (least === undefined || most === undefined) return undefined
  if (works.includes(work)) return at(work)
  if (most > 1.3 * least) {
    // By the two sizes that stand around the one that is asked for, or the two next to it.
    const above = Math.min(
      works.length - 1,
      Math.max(
        1,
        works.findIndex((size) => size > work),
      ),
    )
    const [low, high] = [works[above - 1] ?? least, works[above] ?? most]
    const rate = Math.max(0, (at(high) - at(low)) / (high - low))
    return Math.max(0.3 * at(low) * Math.min(1, work / low), at(low) + rate * (work - low))
  }
  const seconds = at(most)
  const fixed = seconds * Math.min(0.6, SMALL_PASS / (most + SMALL_PASS))
  return fixed + ((seconds - fixed) * work) / most
}

interface Rated {
  run: RunRecord
  shape: ModelShape
}

function samplesOf(rated: readonly Rated[], stage: 'condition' | 'denoise' | 'decode'): Sample[] {
  return rated.flatMap(({ run, shape }) => {
    const seconds = run.stages[stage]
    if (seconds === undefined || seconds <= 0) return []
    const work = workOf(shape, run)
    if (stage === 'denoise') return [{ work: work.pass, seconds: seconds / Math.max(1, run.passes) }]
    return work[stage] > 0 ? [{ work: work[stage], seconds }] : []
  })
}

function fixedSeconds(rated: readonly Rated[], ratio: number): StageSeconds {
  return Object.fromEntries(
    FIXED.flatMap((stage) => {
      const seconds = median(rated.flatMap(({ run }) => run.stages[stage] ?? []))
      return seconds === undefined ? [] : [[stage, seconds * ratio]]
    }),
  )
}

function total(stages: StageSeconds): number {
  return Object.values(stages).reduce((sum, seconds) => sum + seconds, 0)
}

function estimate(stages: StageSeconds, source: TimeEstimate['source'], isSeen: boolean): TimeEstimate {
  const likely = total(stages)
  const spread = isSeen ? 1.1 : SPREAD[source]
  return { low: likely / spread, likely, high: likely * spread, stages, source }
}

/** Undefined where nothing is known of this machine yet. */
export function predict(known: Known, size: ClipSize): TimeEstimate | undefined {
  const { shape, shapes, adapter } = known
  const here = known.runs.filter((run) => run.adapter === adapter).slice(-MOST_RUNS * 4)
  const ofModel = here
    .filter(({ model }) => model === known.model)
    .slice(-MOST_RUNS)
    .map((run) => ({ run, shape }))
  const work = workOf(shape, size)

  const fromRuns = (rated: readonly Rated[], ratio: number): StageSeconds | undefined => {
    const pass = fit(samplesOf(rated, 'denoise'), work.pass)
    const decode = fit(samplesOf(rated, 'decode'), work.decode)
    if (pass === undefined || decode === undefined) return undefined
    // The first control is encoded at the pace of the decoder.
    const encoded = work.condition > 0 ? fit(samplesOf(rated, 'condition'), work.condition) : undefined
    const condition = encoded ?? (decode * work.condition) / work.decode
    return {
      ...fixedSeconds(rated, ratio),
      ...(condition > 0 && { condition }),
      denoise: pass * size.passes,
      decode,
    }
  }

  const own = fromRuns(ofModel, 1)
  if (own !== undefined) {
    const isSeen = ofModel.some(({ run }) => workOf(shape, run).pass === work.pass)
    return estimate(own, 'model', isSeen)
  }
  const others = here.flatMap((run) => {
    const other = shapes[run.model]
    return other === undefined ? [] : [{ run, shape: other }]
  })
  const bytes = median(others.map(({ shape: { textEncoderBytes } }) => textEncoderBytes)) ?? work.encode
  const elsewhere = fromRuns(others, work.encode / Math.max(1, bytes))
  // A model that keeps the GPU waiting says little about one that keeps it busy.
  const isTelling = others.some(({ run, shape: other }) => workOf(other, run).pass > SMALL_PASS)
  if (elsewhere !== undefined && (isTelling || known.speed === undefined))
    return estimate(elsewhere, 'machine', false)
  if (known.speed === undefined) return undefined
  const rate = known.speed.teraflops * 1e12 * EFFICIENCY
  const orders = shape.layers * ORDER_SECONDS
  const stages = {
    load: LOAD_SECONDS,
    encode: work.encode / READ_RATE,
    ...(work.condition > 0 && { condition: work.condition / rate }),
    denoise: (work.pass / rate + orders) * size.passes,
    decode: work.decode / rate,
  }
  return estimate(stages, 'benchmark', false)
}
