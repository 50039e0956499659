import type { Storage } from '../../gpu/device'
import { dryOps, type Ops } from '../../gpu/ops'
import { planLoader } from '../../models/blocks/weight-loader'
import type { Loading, Residency } from '../../models/family'
import type { StageMemory } from '../../protocol/progress'
import { clipPhases, type Clip } from '../clip'
import { settledFrames } from '../live/live-clip'
import { livePhases, type FilmClip } from '../live/live-phases'
import { CAUSAL_ROLE } from '../model/live-facts'
import { LoraOverlay, type ClipLora } from '../model/loras'
import type { ModelFiles } from '../model/opened'
import { runPhases, type Phase } from '../phases'
import { previewDecoder } from '../preview'

/** The facts about the device that a plan needs. */
export interface PlannedDevice {
  readonly storage: Storage
  readonly maxBindingBytes: number
  readonly maxBufferBytes: number
}

/** Steps that are planned. Once the samplers' buffers circulate, further steps take no more memory. */
const PLANNED_STEPS = 8

/** Opens networks on ops that compute nothing: reads directories, not weights. */
export function dryLoading(
  { weights }: Pick<ModelFiles, 'weights'>,
  ops: Ops,
  residency: Residency,
  tokens: number,
  loras: readonly ClipLora[] = [],
): Loading {
  const overlay = new LoraOverlay(loras)
  return {
    ops,
    weights,
    residency,
    tokens,
    loader: (role, format) =>
      overlay.loader(role, weights[role]!, (file) => planLoader(ops, file, format), { isDry: true }),
  }
}

/**
 * Runs a clip's phases on ops that compute nothing, and returns the GPU bytes of each. The plan uses it to count, the
 * tuner to find the heaviest calls, and compiling ahead to find every kernel.
 * @throws GpuError `limit` when a tensor does not fit the device; WeightsError when a file is not the model's
 */
export async function dryRun(
  files: ModelFiles,
  clip: Clip,
  residency: Residency,
  ops: Ops,
): Promise<StageMemory[]> {
  const settings = {
    ...clip.settings,
    numInferenceSteps: Math.min(clip.settings.numInferenceSteps, PLANNED_STEPS),
  }
  const longest = Math.max(...clip.prompts.map(({ length }) => length), clip.film?.promptTokens ?? 0)
  const { film } = clip
  const phases = film
    ? dryFilm(files, { ...clip, film }, ops)
    : clipPhases(
        files.networks,
        ops,
        { ...clip, settings },
        { onStep: (_done, predicted, preview) => void (preview && previewDecoder(ops, preview, predicted)) },
      )
  const memory: StageMemory[] = []
  let weightBytes = 0
  const onLoaded = (): void => void (weightBytes = ops.pool.bytes)
  const at = { ...dryLoading(files, ops, residency, longest, clip.loras), onLoaded }
  await runPhases(phases, files.networks, at, {
    onLoaded,
    async around({ name }, body) {
      await body()
      memory.push({ stage: name, weightBytes, activationBytes: ops.pool.highWater - weightBytes })
    },
  })
  return memory
}

/** A film until it takes no more memory, with a new prompt where its cache is full. */
function dryFilm({ networks }: ModelFiles, clip: FilmClip, ops: Ops): Phase[] {
  const end = settledFrames(clip.film)
  const { promptTokens, facts } = clip.film
  const ids = promptTokens === undefined ? undefined : Array.from({ length: promptTokens }, () => 0)
  return livePhases(networks, ops, clip, {
    newPrompt: (first) => (first + facts.chunk >= end ? ids : undefined),
    isEnd: (next) => next >= end,
  })
}

/** The GPU bytes of each phase on a device. @throws as `dryRun` */
export function planStages(
  files: ModelFiles,
  clip: Clip,
  device: PlannedDevice,
  residency: Residency,
): Promise<StageMemory[]> {
  return dryRun(files, clip, residency, dryOps(device.storage, device.maxBindingBytes, device.maxBufferBytes))
}

export function stageBytes({ weightBytes, activationBytes }: StageMemory): number {
  return weightBytes + activationBytes
}

/** The largest total at any moment. */
export function peakOf(stages: readonly StageMemory[]): number {
  return Math.max(...stages.map(stageBytes))
}

/** Checks every tensor that the GPU phases read, before any GPU work. @throws WeightsError naming file and tensor. */
export async function checkWeights(files: ModelFiles): Promise<void> {
  const residency = { text: 'f32', weights: 'f16', streamed: false } as const
  const at = dryLoading(files, dryOps('f32', Infinity), residency, 1)
  const experts = files.networks.boundary === undefined ? [undefined] : ['dit', 'ditLow']
  for (const role of experts) await files.networks.openDenoiser(at, role)
  if (!files.later?.[CAUSAL_ROLE]) await files.networks.openFilmDenoiser?.(at)
  if (!files.later?.['vae']) await files.networks.openDecoder(at)
  await files.networks.openTinyDecoder?.(at)
  await files.networks.openUpscaler?.(at)
  if (!files.later?.['vaeEncoder'] && !files.later?.['vae']) await files.networks.openEncoder?.(at)
  const { features } = files.networks.pictures ?? {}
  if (features) await (await files.networks.openVision!(at)).encode(() => new Float32Array())
}
