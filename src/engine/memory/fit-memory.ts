// Plans the GPU memory of a clip, and the steps that make it fit.
import { dryOps } from '../../gpu/ops'
import { GpuError } from '../../gpu/errors'
import { latentShape, sizeUnits, type Residency } from '../../models/family'
import type { WeightChoice } from '../../protocol/model-source'
import type { MemoryPlan, Stage, StageMemory } from '../../protocol/progress'
import type { GenerationSettings } from '../../protocol/settings'
import type { WeightFormat } from '../../weights/quant/pack'
import type { Clip } from '../clip'
import type { ModelFiles } from '../model/opened'
import { dryLoading, peakOf, planStages, stageBytes, type PlannedDevice } from './dry-run'
import { largestSize } from './largest-size'

/** The text encoder takes the finest format with which two of its layers stay below this, however much is free. */
const TEXT_ENCODER_BYTES = 0.6e9

export interface MemoryRequest {
  readonly weightFormat: WeightChoice
  readonly memoryBytes: number
}

export interface FittedPlan {
  readonly plan: MemoryPlan
  readonly residency: Residency
}

/** Candidates from the best to the smallest that the user's choice allows. */
function candidates(choice: WeightChoice): { weights: WeightFormat; streamed: boolean }[] {
  const formats: WeightFormat[] = choice === 'auto' ? ['f16', 'q8', 'q4'] : [choice]
  return [
    ...formats.map((weights) => ({ weights, streamed: false })),
    { weights: formats.at(-1)!, streamed: true },
  ]
}

/** GPU bytes of the text encoder for prompts of those lengths. */
async function textBytes(files: ModelFiles, residency: Residency, tokens: number): Promise<number> {
  const ops = dryOps('f32', Infinity)
  await files.networks.openText(dryLoading(files, ops, residency, tokens))
  return ops.pool.highWater
}

async function textFormat(
  files: ModelFiles,
  { prompts, film }: Clip,
  weights: WeightFormat,
  memoryBytes: number,
): Promise<Residency['text']> {
  const formats = ({ f16: ['f32', 'q8', 'q4'], q8: ['q8', 'q4'], q4: ['q4'] } as const)[weights]
  const allowed = Math.min(TEXT_ENCODER_BYTES, memoryBytes)
  const longest = Math.max(...prompts.map(({ length }) => length), film?.promptTokens ?? 0)
  for (const text of formats) {
    if ((await textBytes(files, { text, weights, streamed: false }, longest)) <= allowed) return text
  }
  return 'q4'
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}

/** Returns the error of a device that cannot bind a tensor. @throws any other */
function asRefusal(error: unknown): GpuError {
  if (error instanceof GpuError && error.code === 'limit') return error
  throw error
}

interface Attempt {
  readonly stages: StageMemory[]
  readonly residency: Residency
}

/** The stages with whole frames, or, where only the decoder does not fit so, with the fewest tiles that fit. */
async function inTiles(
  files: ModelFiles,
  clip: Clip,
  device: PlannedDevice,
  residency: Residency,
  memoryBytes: number,
): Promise<Attempt> {
  const { networks } = files
  const [, , height, width] = latentShape(networks.geometry, clip.settings)
  const counts = clip.film ? [] : (networks.tileCounts?.({ height, width }) ?? []) // a tile goes through a whole clip
  let best: Attempt = { stages: await planStages(files, clip, device, residency), residency }
  for (const tiles of counts) {
    const tooMuch = best.stages.filter((stage) => stageBytes(stage) > memoryBytes)
    if (tooMuch.length === 0 || tooMuch.some(({ stage }) => stage !== 'decode')) break
    const tiled = { ...residency, tiles }
    best = { stages: await planStages(files, clip, device, tiled), residency: tiled }
  }
  return best
}

/**
 * Plans a clip with the best formats that fit: f16, q8, q4, and then with streamed blocks.
 * @throws GpuError `limit` with the largest size that fits, where this one does not
 */
export async function planClip(
  files: ModelFiles,
  clip: Clip,
  device: PlannedDevice,
  { weightFormat, memoryBytes }: MemoryRequest,
): Promise<FittedPlan> {
  const attempt = async (
    settings: GenerationSettings,
    { weights, streamed }: { weights: WeightFormat; streamed: boolean },
  ): Promise<Attempt> => {
    const text = await textFormat(files, clip, weights, memoryBytes)
    return inTiles(files, { ...clip, settings }, device, { text, weights, streamed }, memoryBytes)
  }
  const { settings } = clip
  const tried = candidates(weightFormat)
  let firstPeak: number | undefined
  let peak = 0
  let refused: string | undefined
  for (const candidate of tried) {
    const attempted = await attempt(settings, candidate).catch(asRefusal)
    if (attempted instanceof GpuError) {
      refused ??= attempted.message // by a matrix, which another format makes smaller; or by the clip's size
      continue
    }
    const { stages, residency } = attempted
    peak = peakOf(stages)
    firstPeak ??= peak
    if (peak > memoryBytes) continue
    const format = files.networks.matrixFormat(files.weights, candidate.weights)
    const notes = [
      ...(candidate === tried[0]
        ? []
        : [
            firstPeak > memoryBytes
              ? degraded(format, candidate.streamed, firstPeak, memoryBytes)
              : `The transformer's weights are stored as ${format}: in a finer format one matrix is larger than this GPU can bind.`,
          ]),
      ...(residency.tiles
        ? [`The video is decoded in ${residency.tiles} tiles, which takes less memory and more time.`]
        : []),
    ]
    return {
      plan: {
        stages,
        peakBytes: peak,
        budgetBytes: memoryBytes,
        weightFormat: format,
        streamed: candidate.streamed,
        notes,
      },
      residency,
    }
  }
  const leanest = tried.at(-1)!
  const fitting = await largestSize(
    settings,
    sizeUnits(files.networks.geometry),
    async (smaller) => peakOf((await attempt(smaller, leanest)).stages) <= memoryBytes,
  )
  throw new GpuError(
    'limit',
    tooMuch(
      settings,
      firstPeak === undefined && refused !== undefined
        ? refused
        : `it needs at least ${gigabytes(peak)} of GPU memory, and ${gigabytes(memoryBytes)} may be used.`,
      fitting,
    ),
  )
}

/** The plan of a clip whose formats are settled: of an interrupted run that goes on. @throws GpuError `limit` */
export async function planSettled(
  files: ModelFiles,
  clip: Clip,
  device: PlannedDevice,
  residency: Residency,
  memoryBytes: number,
): Promise<FittedPlan> {
  const stages = await planStages(files, clip, device, residency)
  const plan = {
    stages,
    peakBytes: peakOf(stages),
    budgetBytes: memoryBytes,
    weightFormat: files.networks.matrixFormat(files.weights, residency.weights),
    streamed: residency.streamed,
    notes: [],
  }
  return { plan, residency }
}

/** How many tiles the decoder may take next. */
function moreTiles({ networks }: ModelFiles, { settings }: Clip, { tiles = 1 }: Residency): number[] {
  const [, , height, width] = latentShape(networks.geometry, settings)
  return (networks.tileCounts?.({ height, width }) ?? []).filter((count) => count > tiles)
}

/**
 * The next step down for a clip whose stage ran out of memory although its plan fitted: fewer bytes in that stage, and
 * a note. Undefined where there is none.
 */
export async function stepDown(
  files: ModelFiles,
  clip: Clip,
  device: PlannedDevice,
  { weightFormat, memoryBytes }: MemoryRequest,
  { plan, residency }: FittedPlan,
  stage: Stage,
): Promise<FittedPlan | undefined> {
  const bytesIn = (stages: readonly StageMemory[]): number =>
    stageBytes(stages.find((each) => each.stage === stage) ?? { stage, weightBytes: 0, activationBytes: 0 })
  const steps: Residency[] =
    stage === 'decode'
      ? moreTiles(files, clip, residency).map((tiles) => ({ ...residency, tiles }))
      : await Promise.all(
          candidates(weightFormat).map(async ({ weights, streamed }) => ({
            ...residency,
            weights,
            streamed,
            text: await textFormat(files, clip, weights, memoryBytes),
          })),
        )
  for (const step of steps) {
    const smaller = await planSettled(files, clip, device, step, memoryBytes).catch(asRefusal)
    if (smaller instanceof GpuError) continue
    if (bytesIn(smaller.plan.stages) >= bytesIn(plan.stages)) continue
    const { weightFormat: format, streamed } = smaller.plan
    const how =
      stage === 'decode'
        ? `with the picture in ${step.tiles} tiles`
        : `with the transformer's weights as ${format}${streamed ? ', read again for every step' : ''}`
    const note = `The GPU ran out of memory, although ${gigabytes(plan.peakBytes)} were planned of ${gigabytes(memoryBytes)}: the run continued ${how}.`
    return { ...smaller, plan: { ...smaller.plan, notes: [...plan.notes, note] } }
  }
  return undefined
}

function degraded(format: WeightFormat, streamed: boolean, firstPeak: number, memoryBytes: number): string {
  const how = streamed
    ? `are stored as ${format}, two blocks at a time, and read again for every step, which is slow`
    : `are stored as ${format}`
  return `The transformer's weights ${how}: in their best format the clip needs ${gigabytes(firstPeak)} of GPU memory, and ${gigabytes(memoryBytes)} may be used.`
}

function tooMuch(
  { width, height, numFrames }: GenerationSettings,
  reason: string,
  fitting: { width: number; height: number } | undefined,
): string {
  const found = `A clip of ${width}×${height} with ${numFrames} frames does not fit: ${reason}`
  if (!fitting)
    return `${found} No smaller size fits with this many frames either. Choose fewer frames or a smaller model, or allow more memory.`
  return `${found} The largest size of this shape and length that fits is ${fitting.width}×${fitting.height}. Choose that, or allow more memory.`
}
