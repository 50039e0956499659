import type { Storage } from '../gpu/device'
import { planOps, type Ops } from '../gpu/ops'
import type { MemoryPlan, StageMemory } from '../protocol/progress'
import type { GenerationSettings } from '../protocol/settings'
import { planTextEncoderBytes } from './prompt/umt5-encoder'
import type { ModelFiles } from './model-files'
import { decodeStage, denoiseStage, latentShape } from './stages'
import { loadDecoder } from './vae/weights'
import { loadDit } from './dit/weights'
import { planLoader } from './weight-loader'

/** What a plan must know of the device. */
export interface PlannedDevice {
  readonly storage: Storage
  readonly maxBindingBytes: number
}

/**
 * GPU bytes of each stage, found by running the stages on ops that only count.
 * @param tokens of the prompt and of the negative prompt, where there is guidance
 * @throws GpuError `limit` when a tensor does not fit a binding; WeightsError when a file is not the model's
 */
export async function planMemory(files: ModelFiles, settings: GenerationSettings, tokens: readonly number[], { storage, maxBindingBytes }: PlannedDevice): Promise<MemoryPlan> {
  const { manifest } = files
  const encode = Math.max(...tokens.map((n) => planTextEncoderBytes(manifest.config.textEncoder, n)))
  const context = (n: number): Float32Array => new Float32Array(n * manifest.config.dit.textDim)
  const [positive = 1, negative] = tokens
  const contexts = { positive: context(positive), ...(negative !== undefined && { negative: context(negative) }) }

  const measure = async (stage: 'denoise' | 'decode', run: (ops: Ops, onLoaded: () => void) => Promise<void>): Promise<StageMemory> => {
    const ops = planOps(storage, maxBindingBytes)
    let weightBytes = 0
    await run(ops, () => (weightBytes = ops.pool.bytes))
    return { stage, weightBytes, activationBytes: ops.pool.highWater - weightBytes }
  }
  const stages: StageMemory[] = [
    { stage: 'encode', weightBytes: encode, activationBytes: 0 },
    await measure('denoise', async (ops, onLoaded) => {
      await denoiseStage(planLoader(ops, files.dit), manifest, settings, contexts, { onLoaded })
    }),
    await measure('decode', async (ops, onLoaded) => {
      const latents = ops.create(latentShape(manifest, settings), 'f32', 'latents')
      await decodeStage(planLoader(ops, files.vae), manifest, latents, async () => {}, { onLoaded })
    }),
  ]
  return { stages, peakBytes: Math.max(...stages.map(({ weightBytes, activationBytes }) => weightBytes + activationBytes)) }
}

/** Checks every tensor that the GPU stages will read, before any GPU work. @throws WeightsError naming file and tensor. */
export async function checkWeights({ manifest, dit, vae }: ModelFiles): Promise<void> {
  const ops = planOps('f32', Infinity)
  await loadDit(planLoader(ops, dit), manifest.config.dit)
  await loadDecoder(planLoader(ops, vae), manifest.config.vae)
}
