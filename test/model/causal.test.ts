// Films of causal models: every causal golden in the folder, whatever its chunks, steps, window, sink and prompts.
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeFilm, type FilmInputs, type FilmRecipe, type GivenFrames } from '../../src/engine/film'
import { openOps, type Ops } from '../../src/gpu/ops'
import { filled, ranks, type KvCache } from '../../src/models/blocks/kv-cache'
import { openWanDenoiser, type WanPrepared } from '../../src/models/wan-dit/denoiser'
import { chunkSteps, evenSteps } from '../../src/sampling/causal'
import { ditConfig } from '../support/config'
import { ditWeights } from '../support/dit'
import {
  compare,
  goldenDir,
  goldenMetadata,
  openGolden,
  printComparison,
  type Comparison,
} from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import type { GpuCase } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { spread } from '../support/spread'

/** The bound for one model; a film's chunks carry on each other's rounding. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

const NAMES = readdirSync(goldenDir())
  .filter((name) => /^causal_.*\.golden\.safetensors$/.test(name))
  .map((name) => name.replace('.golden.safetensors', ''))

/** A window with a sink, frames that are given, and prompts that change. */
const EVERYWHERE = ['causal_window', 'causal_i2v_framewise', 'causal_switch_window']

const THE_END = new Error('The golden ends here.')

interface CausalConfig {
  readonly num_frame_per_block: number
  readonly independent_first_frame: boolean
  readonly denoising_step_list: readonly number[]
  /** In place of a list, of the students of `training/`. */
  readonly denoising_steps?: number
  readonly denoising_step_list_first_chunk?: readonly number[]
  readonly warp_denoising_step: boolean
  readonly timestep_shift: number
  readonly context_noise: number
  readonly local_attn_size: number
  readonly sink_size: number
  readonly relative_positions?: boolean
  readonly global_sink?: boolean
  readonly switch_frame_indices?: readonly number[]
}

function recipeOf(config: CausalConfig, filmFrames: number): FilmRecipe {
  const { timestep_shift: shift, warp_denoising_step: warp } = config
  const first = config.denoising_step_list_first_chunk
  return {
    chunk: config.num_frame_per_block,
    isFirstAlone: config.independent_first_frame,
    steps: config.denoising_steps
      ? evenSteps(config.denoising_steps, shift)
      : chunkSteps(config.denoising_step_list, shift, warp),
    ...(first && { firstSteps: chunkSteps(first, shift, warp) }),
    window: {
      frames: config.local_attn_size < 0 ? filmFrames : config.local_attn_size,
      sink: config.local_attn_size < 0 ? 0 : config.sink_size,
      ...(config.relative_positions && { isRelative: true }),
    },
    contextTimestep: config.context_noise,
    ...(config.switch_frame_indices && { recache: config.global_sink ? 'behind-sink' : 'all' }),
  }
}

/** Frames `first` … of values [C, T, H, W]. */
function framesOf(
  values: Float32Array,
  [C = 0, T = 0, H = 0, W = 0]: readonly number[],
  first: number,
  count: number,
) {
  const plane = H * W
  const part = new Float32Array(C * count * plane)
  for (let c = 0; c < C; c++)
    part.set(values.subarray((c * T + first) * plane, (c * T + first + count) * plane), c * count * plane)
  return part
}

/** The film's latents from its chunks. */
function joined(
  chunks: readonly { first: number; values: Float32Array }[],
  [C = 0, T = 0, H = 0, W = 0]: readonly number[],
) {
  const plane = H * W
  const film = new Float32Array(C * T * plane)
  for (const { first, values } of chunks) {
    const frames = values.length / (C * plane)
    for (let c = 0; c < C; c++)
      film.set(values.subarray(c * frames * plane, (c + 1) * frames * plane), (c * T + first) * plane)
  }
  return film
}

/** Layer 0's keys in the film's order, as the official cache has them. */
async function keysInOrder(ops: Ops, { slots, tokens, layers }: KvCache): Promise<Float32Array> {
  const keys = filled(ops, layers[0]!.k, slots, tokens, 'keys')
  const all = await ops.read(keys.rows)
  keys.release()
  const frame = all.length / slots.length
  const ordered = new Float32Array(all.length)
  ranks(slots).forEach((rank, slot) =>
    ordered.set(all.subarray(slot * frame, (slot + 1) * frame), rank * frame),
  )
  return ordered
}

async function checkFilm(gpuCase: GpuCase, name: string): Promise<void> {
  const { gpu } = await testGpu(gpuCase)
  const ops = openOps(gpu)
  const golden = await openGolden(`${name}.golden`)
  const config = goldenMetadata(golden) as unknown as CausalConfig
  const comparisons: Comparison[] = []
  const check = async (tensor: string, actual: Float32Array): Promise<void> => {
    if (golden.tensors.has(tensor))
      comparisons.push(compare(`${name} ${tensor}`, actual, await golden.floats(tensor)))
  }

  const dit = ditConfig(golden)
  const { shape } = golden.tensors.get('latents')!
  const [C = 0, T = 0, H = 0, W = 0] = shape
  const initial = golden.tensors.get('initial_latents')?.shape[1] ?? 0
  let pass = ''
  const denoiser = await openWanDenoiser(
    loadingOf(ops, { dit: await ditWeights(name, golden) }),
    dit,
    async (tap, tensor) => {
      if (golden.tensors.has(`${pass}.${tap}`)) await check(`${pass}.${tap}`, await ops.read(tensor))
    },
  )
  const recipe = recipeOf(config, T)
  for (const key of ['timesteps', 'sigmas'] as const)
    expect(recipe.steps[key]).toEqual([...(await golden.floats(key))])
  const switches = config.switch_frame_indices ?? []
  const prompts: WanPrepared[] = []
  for (let i = 0; i <= switches.length; i++) {
    const text = await golden.floats(switches.length > 0 ? `context.${i}` : 'context')
    prompts.push(await denoiser.prepare({ text }))
  }
  const noise = await golden.floats('noise')
  let block = -1
  const given: GivenFrames[] = []
  if (initial > 0) {
    const values = await golden.floats('initial_latents')
    for (let first = 0; first < initial;) {
      const frames = recipe.isFirstAlone && first === 0 ? 1 : Math.min(recipe.chunk, initial - first)
      const part = framesOf(values, [C, initial, H, W], first, frames)
      given.push({ first, latents: ops.upload(part, [C, frames, H, W], 'f32', 'given') })
      first += frames
    }
  }
  const renoise = new Map<string, Float32Array<ArrayBuffer>>()
  for (const key of golden.tensors.keys())
    if (key.startsWith('renoise.')) renoise.set(key, await golden.floats(key))
  const inputs: FilmInputs = {
    latents: [C, H, W],
    given,
    noise(first, frames) {
      block += 1
      return framesOf(noise, [C, T - initial, H, W], first - initial, frames)
    },
    fresh: (_first, _frames, k) => renoise.get(`renoise.${block}.${k}`)!,
    prompt(first) {
      if (first >= T) throw THE_END
      return prompts[switches.filter((at) => first >= at).length]!
    },
  }

  // Velocities and clean predictions of each step are seen through the denoiser.
  let step = 0
  const watched: typeof denoiser = {
    ...denoiser,
    async extend(x, time, prompt, cache, place) {
      pass = `tap.block.${block}.step.${step}`
      const isClean = time.values[0] === recipe.contextTimestep // no step is at it
      if (isClean) pass = ''
      const [velocity, next] = await denoiser.extend(x, time, prompt as WanPrepared, cache, place)
      if (!isClean && block >= 0)
        await check(`tap.block.${block}.step.${step}.velocity`, await ops.read(velocity))
      step += 1
      return [velocity, next]
    },
  }
  const events = { given: 0, recache: 0 }
  const chunks: { first: number; values: Float32Array }[] = []
  const film = makeFilm(ops, watched, recipe, inputs, {
    async onCached(kind, cache) {
      const tensor =
        kind === 'given'
          ? `tap.initial.${events.given++}.k`
          : kind === 'recache'
            ? `tap.recache.${events.recache++}.k`
            : `tap.block.${block}.k`
      await check(tensor, await keysInOrder(ops, cache))
      step = 0
    },
  })
  if (initial > 0) chunks.push({ first: 0, values: await golden.floats('initial_latents') })
  // The last chunk enters the cache too: the film ends where one more is about to begin.
  const watch = async (): Promise<void> => {
    for await (const { first, latents } of film) chunks.push({ first, values: await ops.read(latents) })
  }
  await expect(watch()).rejects.toBe(THE_END)
  await check('latents', joined(chunks, shape))
  expect(comparisons.filter(({ name: tensor }) => tensor.endsWith('.k')).length).toBeGreaterThan(0)
  expect(comparisons.at(-1)?.name).toBe(`${name} latents`)

  for (const prompt of prompts) prompt.release()
  ops.release(...given.map(({ latents }) => latents))
  await denoiser.release()
  ops.pool.trim()
  expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  const last = comparisons.at(-1)!
  printComparison(gpuCase.name, last)
  for (const { name: tensor, relError } of comparisons)
    expect(relError, tensor).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
}

describe.each(gpuCases())('films of causal models on $name', (gpuCase) => {
  it.each(spread(gpuCase, NAMES, EVERYWHERE))('%s agrees with the official one', (name) =>
    checkFilm(gpuCase, name),
  )
})
