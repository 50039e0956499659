// What VACE sees of a control, and the clips that it makes of it, against the official code.
import { beforeAll, describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditShapes, vaeShapes } from '../../src/cli/synthesize/shapes'
import { controlPhase } from '../../src/engine/control-phase'
import { runPhases } from '../../src/engine/phases'
import { withoutFirstFrames } from '../../src/gpu/kernels/place_latents'
import type { Ops } from '../../src/gpu/ops'
import { letterboxed } from '../../src/media/control/letterbox'
import type { Control, ControlFrames } from '../../src/models/control'
import type { Loading } from '../../src/models/family'
import { vaceNetworks } from '../../src/models/wan21-vace'
import type { Wan21Config } from '../../src/models/wan21'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { denoiseGolden } from '../support/denoise'
import { compare, goldenMetadata, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import type { GpuCase } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { interleave } from '../support/official-clips'
import { spread } from '../support/spread'
import { FORMULA_CONFIG } from '../support/umt5'
import { vaeConfig } from '../support/vae'
import { decodeClip } from '../support/vae22'

const ONE = { f32: 5e-5, f16: 1e-2 } as const
const PIPELINE = { f32: 5e-4, f16: 1e-2 } as const

interface Case {
  readonly references: number
  readonly video: string | null
  readonly mask: string | null
  readonly keep?: readonly number[] | null
}

/** Numbers of the two networks, and their weights. */
async function modelOf(golden: WeightFile, dit: WeightFile, key: string) {
  const vae = goldenMetadata(golden, 'vae')
  const config: Wan21Config = {
    textEncoder: FORMULA_CONFIG, // The prompts are given encoded.
    dit: ditConfig(dit, key),
    vae: vaeConfig({ ...golden, metadata: { config: JSON.stringify(vae) } }),
  }
  const salt = golden.metadata['salt']!
  const weights: Loading['weights'] = {
    dit: formulaFile('dit', ditShapes(config.dit), salt),
    vae: formulaFile('vae', vaeShapes(config.vae), salt),
  }
  return { networks: vaceNetworks(config), weights }
}

const parts = (bytes: Uint8Array, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    bytes.subarray((i * bytes.length) / count, ((i + 1) * bytes.length) / count),
  )

/** The frames of a golden's case, as the official preprocessing gives them. */
async function framesOf(golden: WeightFile, each: Case): Promise<ControlFrames> {
  const config = goldenMetadata(golden)
  const [width, height, numFrames] = [config['width'], config['height'], config['num_frames']].map(
    Number,
  ) as [number, number, number]
  const read = async (name: string): Promise<Uint8Array[]> => parts(await golden.bytes(name), numFrames)
  let video = each.video === null ? undefined : await read(each.video)
  let mask = each.mask === null ? undefined : await read(each.mask)
  const { keep } = each
  if (video && keep) {
    const fill = new Uint8Array(width * height * 3).fill(Number(config['fill']))
    video = video.map((frame, f) => (keep.includes(f) ? frame : fill))
    mask = video.map((_, f) => new Uint8Array(width * height).fill(keep.includes(f) ? 0 : 255))
  }
  const references = await Promise.all(
    Array.from({ length: each.references }, async (_, k) => {
      const [h = 0, w = 0] = golden.tensors.get(`reference.${k}`)!.shape
      return letterboxed(
        { width: w, height: h, rgb: await golden.bytes(`reference.${k}`) },
        { width, height },
      )
    }),
  )
  return { width, height, numFrames, references, ...(video && { video }), ...(mask && { mask }) }
}

async function encoded(
  ops: Ops,
  { networks, weights }: Awaited<ReturnType<typeof modelOf>>,
  frames: ControlFrames,
): Promise<Control> {
  let control: Control | undefined
  const phase = controlPhase(ops, networks, { frames, strength: 1 }, (each) => (control = each), undefined)
  await runPhases([phase], networks, loadingOf(ops, weights), { around: (_phase, body) => body() })
  return control!
}

async function check(
  { name: gpu, storage }: GpuCase,
  golden: WeightFile,
  name: string,
  actual: Float32Array,
  tolerance: typeof ONE | typeof PIPELINE,
): Promise<void> {
  const comparison = compare(name, actual, await golden.floats(name))
  printComparison(gpu, { ...comparison, name: `${golden.name.replace('.golden.safetensors', '')} ${name}` })
  expect(comparison.relError, name).toBeLessThanOrEqual(tolerance[storage])
}

const CONTEXTS = ['text', 'control', 'inpaint', 'soft', 'references', 'only_references']
const CLIPS = ['control', 'inpaint', 'first_frame', 'first_last', 'extension', 'reference']

let contexts: WeightFile
let pipeline: WeightFile
beforeAll(async () => {
  contexts = await openGolden('vace_context.golden')
  pipeline = await openGolden('vace_pipeline_tiny.golden')
})

describe.each(gpuCases())('what VACE sees on $name', (gpuCase) => {
  it.each(spread(gpuCase, CONTEXTS, ['inpaint', 'references']))(
    'is the official control: %s',
    async (name) => {
      const { ops } = await testGpu(gpuCase)
      const before = ops.pool.mark().size
      const cases = goldenMetadata(contexts)['cases'] as Record<string, Case>
      const model = await modelOf(contexts, pipeline, 'dit')
      const { context, references } = await encoded(ops, model, await framesOf(contexts, cases[name]!))
      expect(references).toBe(cases[name]!.references)
      await check(gpuCase, contexts, `${name}.context`, await ops.read(context), ONE)
      ops.release(context)
      expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
    },
  )
})

describe.each(gpuCases())('VACE from its inputs to frames on $name', (gpuCase) => {
  it.each(spread(gpuCase, CLIPS, ['inpaint', 'reference']))('makes the official clip: %s', async (name) => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const cases = goldenMetadata(pipeline)['cases'] as Record<string, Case>
    const model = await modelOf(pipeline, pipeline, 'dit')
    const control = await encoded(ops, model, await framesOf(pipeline, cases[name]!))
    await check(gpuCase, pipeline, `${name}.vace_context`, await ops.read(control.context), ONE)

    const at = loadingOf(ops, model.weights)
    const denoiser = await model.networks.openDenoiser(at)
    const prompts = {
      positive: await pipeline.floats('context'),
      negative: await pipeline.floats('negative_context'),
    }
    const all = await denoiseGolden(ops, denoiser, pipeline, prompts, {
      noise: `${name}.noise`,
      shared: { control },
    })
    await denoiser.release()
    const latents = withoutFirstFrames(ops, all, control.references ?? 0)
    await check(gpuCase, pipeline, `${name}.latents`, await ops.read(latents), PIPELINE)

    const decoder = await model.networks.openDecoder(at)
    const video = interleave(await decodeClip(ops, decoder, latents), 3)
    const clamped = video.map((value) => Math.min(1, Math.max(-1, value)))
    await check(gpuCase, pipeline, `${name}.video`, clamped, PIPELINE)
    decoder.release()
    ops.release(all, latents, control.context)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})
