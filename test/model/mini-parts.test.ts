// The parts that the bundled model may have beside its networks: each golden that training/evaluate/golden.py made.
import { describe, expect, it } from 'vitest'
import { makeFilm } from '../../src/engine/film'
import { dim, type Tensor } from '../../src/gpu/tensor'
import { openWanDenoiser } from '../../src/models/wan-dit/denoiser'
import type { ModelFiles } from '../../src/engine/model/opened'
import type { Ops } from '../../src/gpu/ops'
import type { WeightFile } from '../../src/weights/weight-file'
import { releaseTree } from '../../src/models/blocks/tensor-tree'
import { denoiseGolden } from '../support/denoise'
import { compare, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import type { GpuCase } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { hasMiniGolden, MINI, openMiniGolden } from '../support/mini'
import { configOf, openModelFolder } from '../support/model-folder'
import { fitForOrt } from '../support/ort-in-node'
import { uploadStorage } from '../support/tensors'

/** One network, and a whole pipeline of several steps; f16 stores 11 bits of every activation. */
const ONE = { f32: 5e-5, f16: 1e-2 } as const
const PIPELINE = { f32: 5e-4, f16: 1e-2 } as const

/** Which file of the model each golden is of. */
const ROLES = {
  pipeline_mini_first_frame: 'vaeEncoder',
  pipeline_mini_tiny: 'tinyDecoder',
  pipeline_mini_upscaled: 'upscaler',
  pipeline_mini_causal: 'causalDit',
} as const

type Part = keyof typeof ROLES

function check(
  { name: gpu }: GpuCase,
  name: string,
  actual: Float32Array,
  expected: Float32Array,
  bound: number,
) {
  const comparison = compare(name, actual, expected)
  printComparison(gpu, comparison)
  expect(comparison.relError, name).toBeLessThanOrEqual(bound)
}

/** A golden's [C, H, W] in [0, 1] or [-1, 1], its last three axes, as a frame [H, W, C]. */
function toFrame(values: Float32Array, C: number): Float32Array<ArrayBuffer> {
  const plane = values.length / C
  return Float32Array.from(values, (_, i) => values[(i % C) * plane + Math.floor(i / C)]!)
}

/** Frames [H, W, 3], one after the other, as [3, F, H, W]. */
function toVideo(frames: readonly Float32Array[]): Float32Array {
  const plane = frames[0]!.length / 3
  return Float32Array.from({ length: 3 * frames.length * plane }, (_, i) => {
    const f = Math.floor(i / plane) % frames.length
    return frames[f]![3 * (i % plane) + Math.floor(i / plane / frames.length)]!
  })
}

const toUnit = (values: Float32Array): Float32Array => values.map((value) => (value + 1) / 2)

async function upload(ops: Ops, golden: WeightFile, name: string): Promise<Tensor> {
  return ops.upload(await golden.floats(name), golden.tensors.get(name)!.shape, 'f32', name)
}

interface Case {
  readonly gpuCase: GpuCase
  readonly ops: Ops
  readonly golden: WeightFile
  readonly files: ModelFiles
  readonly at: ReturnType<typeof loadingOf>
}

const CHECKS: Readonly<Record<Part, (of: Case) => Promise<void>>> = {
  async pipeline_mini_first_frame({ gpuCase, ops, golden, files: { networks, tokenizer }, at }) {
    const { ids } = tokenizer.encode(golden.metadata['prompt']!, networks.maxTokens)
    expect(ids).toEqual([...(await golden.floats('ids'))])
    const [H = 0, W = 0] = golden.tensors.get('picture')!.shape.slice(-2)
    const { tensor: frame } = uploadStorage(
      ops,
      toFrame(await golden.floats('picture'), 3),
      [H, W, 3],
      'picture',
    )
    const encoder = await networks.openEncoder!(at)
    const first = await encoder.encode([frame], 1)
    encoder.release()
    check(gpuCase, 'first frame', await ops.read(first), await golden.floats('first'), ONE[gpuCase.storage])
    const positive = await (await networks.openText(at)).encode(ids)
    const denoiser = await networks.openDenoiser(at)
    const held = [{ latents: first, first: 0 }]
    const latents = await denoiseGolden(ops, denoiser, golden, { positive }, { held })
    const found = await ops.read(latents)
    check(gpuCase, 'latents from it', found, await golden.floats('latents'), PIPELINE[gpuCase.storage])
    // The held frame is the given one, to the bit.
    const given = await ops.read(first)
    const [C, T] = [dim(latents, 0), dim(latents, 1)]
    const plane = given.length / C
    for (let c = 0; c < C; c++)
      expect(found.subarray(c * T * plane, (c * T + 1) * plane)).toEqual(
        given.subarray(c * plane, (c + 1) * plane),
      )
  },

  async pipeline_mini_tiny({ gpuCase, ops, golden, files: { networks }, at }) {
    const latents = await upload(ops, golden, 'latents')
    const decoder = await networks.openTinyDecoder!(at)
    const frames: Float32Array[] = []
    let state = decoder.start
    for (let t = 0; t < dim(latents, 1); t++) {
      const [decoded, next] = decoder.decode(latents, t, state)
      state = next
      for (const frame of decoded) frames.push(toUnit(await ops.read(frame)))
      ops.release(...decoded)
    }
    releaseTree(ops, state)
    check(gpuCase, 'tiny decoder', toVideo(frames), await golden.floats('frames'), ONE[gpuCase.storage])
  },

  async pipeline_mini_upscaled({ gpuCase, ops, golden, files: { networks }, at }) {
    const [H = 0, W = 0] = golden.tensors.get('frames')!.shape.slice(-2)
    const pixels = toFrame(await golden.floats('frames'), 3).map((value) => 2 * value - 1)
    const { tensor: frame } = uploadStorage(ops, pixels, [H, W, 3], 'frame')
    const upscaler = await networks.openUpscaler!(at)
    const large = toVideo([toUnit(await ops.read(upscaler.upscale(frame, 4)))])
    check(gpuCase, 'upscaled', large, await golden.floats('upscaled'), ONE[gpuCase.storage])
  },

  async pipeline_mini_causal({ gpuCase, ops, golden, files: { weights }, at }) {
    const config = configOf(MINI).dit
    const causal = { ...at, ...loadingOf(ops, { dit: weights['causalDit']! }) }
    const denoiser = await openWanDenoiser(causal, config)
    const [, chunk, frames, sink] = /chunk (\d+), window (\d+), sink (\d+)/.exec(golden.metadata['stream']!)!
    const { shape } = golden.tensors.get('noise')!
    const [C = 0, T = 0, H = 0, W = 0] = shape
    const noise = await golden.floats('noise')
    const size = Number(chunk)
    const steps = {
      sigmas: [...(await golden.floats('sigmas'))],
      timesteps: [...(await golden.floats('timesteps'))],
    }
    const renoise = new Map<string, Float32Array<ArrayBuffer>>()
    for (const name of golden.tensors.keys())
      if (name.startsWith('renoise.')) renoise.set(name, await golden.floats(name))
    const text = await golden.floats('hidden')
    const film = makeFilm(
      ops,
      denoiser,
      {
        chunk: size,
        isFirstAlone: false,
        steps,
        window: { frames: Number(frames), sink: Number(sink), isRelative: true },
        contextTimestep: 0,
      },
      {
        latents: [C, H, W],
        noise: (first, count) => framesOf(noise, shape, first, count),
        fresh: (first, _frames, k) => renoise.get(`renoise.${first / size}.${k}`)!,
        prompt: () => prepared,
      },
    )
    const prepared = await denoiser.prepare({ text })
    const expected = await golden.floats('latents')
    for await (const { first, latents } of film) {
      const count = dim(latents, 1)
      const own = framesOf(expected, shape, first, count)
      check(gpuCase, `film from ${first}`, await ops.read(latents), own, PIPELINE[gpuCase.storage])
      if (first + count >= T) break
    }
  },
}

/** Frames `first` … of values [C, T, H, W]. */
function framesOf(
  values: Float32Array,
  [C = 0, T = 0, H = 0, W = 0]: readonly number[],
  first: number,
  count: number,
): Float32Array<ArrayBuffer> {
  const plane = H * W
  const part = new Float32Array(C * count * plane)
  for (let c = 0; c < C; c++)
    part.set(values.subarray((c * T + first) * plane, (c * T + first + count) * plane), c * count * plane)
  return part
}

const PARTS = Object.keys(ROLES) as Part[]
const MADE = PARTS.filter(hasMiniGolden)

it('every part of the bundled model has its golden', async () => {
  const { manifest } = await openModelFolder(MINI)
  const listed = manifest.files.map(({ role }) => role)
  expect(MADE).toEqual(PARTS.filter((part) => listed.includes(ROLES[part])))
})

for (const part of MADE) {
  describe.each(gpuCases())(`${part} on $name`, (gpuCase) => {
    it('is what PyTorch gives', async () => {
      const { gpu, ops } = await testGpu(gpuCase)
      const before = ops.pool.mark()
      const files = await openModelFolder(MINI)
      const at = loadingOf(ops, files.weights, { device: fitForOrt(gpu.device) })
      await CHECKS[part]({ gpuCase, ops, golden: await openMiniGolden(part), files, at })
      ops.pool.releaseSince(before)
    })
  })
}
