// Runs a DiT golden: its inputs through our model, each tap against the official tensor.
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { formulaFile } from '../../src/cli/synthesize/formula'
import type { Ops } from '../../src/gpu/ops'
import { adaptedLoader } from '../../src/models/blocks/adapted-loader'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { Timesteps } from '../../src/models/family'
import { embedContext, releaseContext } from '../../src/models/wan-dit/embeddings'
import { forward, uploadRotation, type Dit } from '../../src/models/wan-dit/model'
import { prepareControl, releaseControl } from '../../src/models/wan-dit/vace'
import { loadDit, releaseDit } from '../../src/models/wan-dit/weights'
import { adaptFile } from '../../src/weights/adapters/adapted-file'
import type { AppliedAdapter } from '../../src/weights/adapters/merge'
import type { WeightFormat } from '../../src/weights/quant/pack'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from './config'
import { compare, openGolden, type Comparison } from './golden'

export interface DitRun {
  readonly comparisons: Comparison[]
  readonly velocity: Float32Array
}

/** The golden's weights: a file beside it, or the formula with the golden's salt. */
export async function ditWeights(name: string, golden: WeightFile): Promise<WeightFile> {
  if (golden.metadata['weights'] !== 'formula') return openGolden(`${name}.weights`)
  return formulaFile(name, ditShapes(ditConfig(golden)), golden.metadata['salt'] ?? '')
}

export interface DitCase {
  readonly format?: WeightFormat
  readonly streamed?: boolean
  /** The golden's one timestep unless given. */
  readonly timesteps?: Timesteps
  /** The tensor that the velocity is held against. */
  readonly expected?: string
  /** LoRAs on the weights, beside their matrices. */
  readonly loras?: readonly AppliedAdapter[]
  /** Of the hints of the golden's control, where it has one; no hints unless given. */
  readonly strength?: number
  /** Whether the intermediate tensors of the golden are compared too; the default. */
  readonly taps?: boolean
}

/** One forward pass on the golden's inputs; everything it allocates is released. */
export async function runDit(
  ops: Ops,
  golden: WeightFile,
  weights: WeightFile,
  {
    format = 'f16',
    streamed = false,
    timesteps,
    expected = 'velocity',
    loras = [],
    strength,
    taps = expected === 'velocity',
  }: DitCase = {},
): Promise<DitRun> {
  const config = ditConfig(golden)
  const adapted = adaptFile(weights, loras)
  const loader = adaptedLoader(fileLoader(ops, adapted.file, format), adapted)
  const dit: Dit = { config, weights: await loadDit(loader, config, { streamed }) }
  const { shape } = golden.tensors.get('latents')!
  const latents = ops.upload(await golden.floats('latents'), shape, 'f32', 'latents')
  const shown =
    strength === undefined
      ? undefined
      : ops.upload(
          await golden.floats('vace_context'),
          golden.tensors.get('vace_context')!.shape,
          'f32',
          'control',
        )
  const control = shown && prepareControl(ops, config, { context: shown, strength: strength! })
  const context = await embedContext(ops, dit.weights, config, await golden.floats('context'), {
    hasControl: control !== undefined,
  })
  const rotation = uploadRotation(ops, config, latents)
  const time = timesteps ?? { values: [...(await golden.floats('timestep'))] }
  const comparisons: Comparison[] = []
  const velocity = await forward(ops, dit, latents, time, context, rotation, {
    ...(control && { control }),
    tap: async (name, tensor) => {
      if (!taps || !golden.tensors.has(`tap.${name}`)) return
      const actual = await ops.read(tensor)
      comparisons.push(
        compare(
          name,
          name.endsWith('patch_embedding') ? transpose(actual, config.dim) : actual,
          await golden.floats(`tap.${name}`),
        ),
      )
    },
  })
  const result = await ops.read(velocity)
  comparisons.push(compare(expected, result, await golden.floats(expected)))
  releaseContext(ops, context)
  await releaseDit(ops, dit.weights)
  if (control) releaseControl(ops, control)
  ops.release(latents, rotation, velocity, ...(shown ? [shown] : []))
  return { comparisons, velocity: result }
}

/** Our tokens [L, D] as the official [D, L]. */
function transpose(x: Float32Array, D: number): Float32Array {
  const L = x.length / D
  return x.map((_, i) => x[(i % L) * D + Math.floor(i / L)]!)
}
