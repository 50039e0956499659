import type { Storage } from '../../gpu/device'
import { dryOps, type Ops } from '../../gpu/ops'
import type { StageMemory } from '../../protocol/progress'
import type { GenerationSettings } from '../../protocol/settings'
import type { WeightFormat } from '../../weights/quant/pack'
import { loadDit } from '../../models/wan-dit/weights'
import type { ModelFiles } from '../model/opened'
import { planTextEncoderBytes } from '../../models/umt5/encoder'
import type { LinearFormat } from '../../models/umt5/graph'
import { decodeStage, denoiseStage, latentShape } from '../stages'
import { loadDecoder } from '../../models/wan-vae/weights'
import { planLoader } from '../../models/blocks/weight-loader'

/** What a plan must know of the device. */
export interface PlannedDevice {
  readonly storage: Storage
  readonly maxBindingBytes: number
  readonly maxBufferBytes: number
}

/** How the weights lie on the GPU. */
export interface Residency {
  /** Of the text encoder's matrices, a layer and the next one at a time. */
  readonly text: LinearFormat
  /** Of the transformer's matrices that the file does not hold quantised. */
  readonly weights: WeightFormat
  /** Whether the transformer's blocks are read anew in every pass, two at a time, or stay. */
  readonly streamed: boolean
}

/** Steps that are planned: once buffers go round among the samplers' last results, more steps take no more. */
const PLANNED_STEPS = 8

/**
 * GPU bytes of each stage, found by running the stages on ops that only count.
 * @param tokens of the prompt and of the negative prompt, where there is guidance
 * @throws GpuError `limit` when a tensor does not fit the device; WeightsError when a file is not the model's
 */
export async function planStages(
  files: ModelFiles,
  settings: GenerationSettings,
  tokens: readonly number[],
  device: PlannedDevice,
  residency: Residency,
): Promise<StageMemory[]> {
  const measured = {
    denoise: dryOps(device.storage, device.maxBindingBytes, device.maxBufferBytes),
    decode: dryOps(device.storage, device.maxBindingBytes, device.maxBufferBytes),
  }
  const weightBytes = { denoise: 0, decode: 0 }
  await rehearse(
    files,
    settings,
    tokens,
    residency,
    measured,
    (stage) => (weightBytes[stage] = measured[stage].pool.bytes),
  )
  const memory = (stage: GpuStage): StageMemory => ({
    stage,
    weightBytes: weightBytes[stage],
    activationBytes: measured[stage].pool.highWater - weightBytes[stage],
  })
  const text = Math.max(
    ...tokens.map((n) =>
      planTextEncoderBytes(files.textEncoder, files.manifest.config.textEncoder, n, residency.text),
    ),
  )
  return [{ stage: 'encode', weightBytes: text, activationBytes: 0 }, memory('denoise'), memory('decode')]
}

/** The stages that run on our own kernels. */
type GpuStage = 'denoise' | 'decode'

/** Runs the stages on ops that compute nothing. `onLoaded` comes when a stage has its weights. */
export async function rehearse(
  files: ModelFiles,
  settings: GenerationSettings,
  tokens: readonly number[],
  { weights, streamed }: Pick<Residency, 'weights' | 'streamed'>,
  ops: Readonly<Record<GpuStage, Ops>>,
  onLoaded: (stage: GpuStage) => void = () => {},
): Promise<void> {
  const { manifest } = files
  const planned = { ...settings, numInferenceSteps: Math.min(settings.numInferenceSteps, PLANNED_STEPS) }
  const context = (n: number): Float32Array => new Float32Array(n * manifest.config.dit.textDim)
  const [positive = 1, negative] = tokens
  const contexts = {
    positive: context(positive),
    ...(negative !== undefined && { negative: context(negative) }),
  }
  await denoiseStage(planLoader(ops.denoise, files.dit, weights), manifest, planned, contexts, {
    onLoaded: () => onLoaded('denoise'),
    streamed,
  })
  const latents = ops.decode.create(latentShape(manifest, settings), 'f32', 'latents')
  await decodeStage(planLoader(ops.decode, files.vae), manifest, latents, async () => {}, {
    onLoaded: () => onLoaded('decode'),
  })
}

export function stageBytes({ weightBytes, activationBytes }: StageMemory): number {
  return weightBytes + activationBytes
}

/** The largest sum of any moment: only one model is on the GPU at a time. */
export function peakOf(stages: readonly StageMemory[]): number {
  return Math.max(...stages.map(stageBytes))
}

/** Checks every tensor that the GPU stages will read, before any GPU work. @throws WeightsError naming file and tensor. */
export async function checkWeights({ manifest, dit, vae }: ModelFiles): Promise<void> {
  const ops = dryOps('f32', Infinity)
  await loadDit(planLoader(ops, dit), manifest.config.dit)
  await loadDecoder(planLoader(ops, vae), manifest.config.vae)
}
