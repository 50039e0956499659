// LoRAs through the phases of a clip: the plan, strengths that change from step to step, reports, refusals.
import { describe, expect, it } from 'vitest'
import { clipPhases, type Clip } from '../../src/engine/clip'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import { LoraOpener, loraNotes, LoraOverlay, loraReport, type ClipLora } from '../../src/engine/model/loras'
import type { ModelFiles } from '../../src/engine/model/opened'
import { runPhases } from '../../src/engine/phases'
import type { Gpu } from '../../src/gpu/device'
import { openOps } from '../../src/gpu/ops'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { Residency } from '../../src/models/family'
import { wan21Networks } from '../../src/models/wan21'
import type { LoraStrength } from '../../src/protocol/lora'
import { ditConfig } from '../support/config'
import { clipOf, fullSizeModel, settingsOf } from '../support/full-size'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { fitForOrt } from '../support/ort-in-node'
import { textEncoderConfig } from '../support/umt5'
import { someLayers, tinyLora, type TinyLora } from '../support/tiny-lora'
import { vaeConfig } from '../support/vae'

const [TEXT, DIT, VAE] = await Promise.all(
  ['umt5_tiny', 'dit_tiny', 'vae_tiny'].map((name) => openGolden(`${name}.weights`)),
)
const FILES: ModelFiles = {
  ...fullSizeModel(),
  networks: wan21Networks({
    textEncoder: textEncoderConfig(TEXT!),
    dit: ditConfig(DIT!),
    vae: vaeConfig(VAE!),
  }),
  weights: { textEncoder: TEXT!, dit: DIT!, vae: VAE! },
}
const RESIDENCY: Residency = { text: 'f32', weights: 'q8', streamed: false }
const LAYERS = someLayers(ditConfig(DIT!), 2)

const file = (name: string, given: Partial<TinyLora> = {}) => ({
  name,
  file: new Blob([tinyLora({ layers: LAYERS, size: 0.5, ...given })]),
})

async function open(...strengths: readonly LoraStrength[]): Promise<ClipLora[]> {
  const opener = new LoraOpener(FILES)
  return opener.open(
    strengths.map((strength, i) => ({ file: file(`${i}.safetensors`, { seed: i }), strength })),
  )
}

function clipWith(loras: readonly ClipLora[]): Clip {
  const settings = { ...settingsOf({ width: 64, height: 48, numFrames: 5 }), guidanceScale: 1 }
  return { ...clipOf(settings, [3]), loras }
}

/** Latents of a clip, and the most memory of each phase. */
async function make(gpu: Gpu, loras: readonly ClipLora[], residency = RESIDENCY) {
  const ops = openOps(gpu)
  const overlay = new LoraOverlay(loras, 0)
  let latents = new Float32Array()
  const measured: number[] = []
  const phases = clipPhases(FILES.networks, ops, clipWith(loras), {
    overlay,
    onDenoised: async (tensor) => void (latents = await ops.read(tensor)),
  })
  const at = {
    ops,
    device: fitForOrt(gpu.device),
    weights: FILES.weights,
    residency,
    tokens: 3,
    loader: (role: string, format?: Residency['weights']) =>
      overlay.loader(role, FILES.weights[role]!, (each) => fileLoader(ops, each, format)),
  }
  await runPhases(phases, FILES.networks, at, {
    async around(_phase, body) {
      await body()
      measured.push(ops.pool.highWater)
    },
  })
  ops.pool.trim()
  expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  return { latents, measured }
}

describe.each(quickCases())('a clip with LoRAs on $name', (gpuCase) => {
  it.each([false, true])('is planned to the byte, streamed %s', async (streamed) => {
    const { gpu } = await testGpu(gpuCase)
    const residency = { ...RESIDENCY, streamed }
    const loras = await open(0.8, -1)
    const { measured } = await make(gpu, loras, residency)
    const planned = (await planStages(FILES, clipWith(loras), gpu, residency)).map(stageBytes)
    const without = (await planStages(FILES, clipWith([]), gpu, residency)).map(stageBytes)
    expect(planned.slice(1)).toEqual(measured.slice(1)) // the text encoder has a pool of its own
    expect(planned[1]).toBeGreaterThan(without[1]!)
  })

  it('has strengths that may change from step to step', async () => {
    const { gpu } = await testGpu(gpuCase)
    const run = async (...strengths: readonly LoraStrength[]) =>
      (await make(gpu, await open(...strengths))).latents
    const [none, first, all] = [await run(0), await run([1, 1, 0]), await run(1)]
    expect(none).toEqual((await make(gpu, [])).latents)
    expect(await run([1, 1, 1])).toEqual(all)
    expect(await run([0, 0, 0, 0])).toEqual(none)
    expect(first).not.toEqual(all)
    expect(first).not.toEqual(none)
    const late = await open([0, 0, 0, 2])
    const planned = (await planStages(FILES, clipWith(late), gpu, RESIDENCY)).map(stageBytes)
    expect(planned[1]).toBeGreaterThanOrEqual((await make(gpu, late)).measured[1]!)
  })
})

describe('LoRAs of a clip', () => {
  it('are reported, with a fingerprint of the contents', async () => {
    const opener = new LoraOpener(FILES)
    const layers = new Map([...LAYERS, ['blocks.99.self_attn.q', [8, 8]] as const])
    const loras = await opener.open([
      { file: file('style.safetensors', { layers }), strength: [1, 0.5] },
      { file: file('again.safetensors') },
      { file: file('other.safetensors') },
    ])
    const [style, again, other] = loras.map(loraReport)
    expect(style).toMatchObject({
      file: 'style.safetensors',
      strength: [1, 0.5],
      applied: 8,
      of: 9,
      leftOut: [
        'diffusion_model.blocks.99.self_attn.q.lora_down.weight',
        'diffusion_model.blocks.99.self_attn.q.lora_up.weight',
      ],
    })
    expect(again).toMatchObject({ strength: 1, applied: 8, of: 8, leftOut: [] })
    expect(again!.fingerprint).toBe(other!.fingerprint)
    expect(again!.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(style!.fingerprint).not.toBe(again!.fingerprint)
    expect(loraNotes(loras)[1]).toBe('again.safetensors: 8 of 8 layers applied, at strength 1.')
    expect(loraNotes(loras)[0]).toContain('8 of 9 layers applied, at strength 1, 0.5. Left out')
  })

  it('of a model with two transformers change the one that their names say, or both', async () => {
    const opener = new LoraOpener({ ...FILES, weights: { ...FILES.weights, ditLow: DIT! } })
    const names = [
      'a_high_noise.safetensors',
      'a-LowNoise.safetensors',
      'a-low-noise.safetensors',
      'below.safetensors',
    ]
    const loras = await opener.open(names.map((name) => ({ file: file(name) })))
    expect(loras.map(({ roles }) => roles)).toEqual([
      ['dit'],
      ['dit', 'ditLow'],
      ['ditLow'],
      ['dit', 'ditLow'],
    ])
    const plain = fileLoader(openOps((await testGpu(quickCases()[0]!)).gpu), DIT!)
    const overlay = new LoraOverlay(loras.slice(0, 1), 0)
    expect(overlay.loader('ditLow', DIT!, () => plain)).toBe(plain)
    expect(overlay.loader('dit', DIT!, () => plain)).not.toBe(plain)
  })

  it('name at most twenty tensors that were left out', async () => {
    const others = Array.from({ length: 30 }, (_, i) => [`blocks.${100 + i}.ffn.0`, [8, 8]] as const)
    const [lora] = await new LoraOpener(FILES).open([
      { file: file('x.safetensors', { layers: new Map([...LAYERS, ...others]) }) },
    ])
    const { leftOut } = loraReport(lora!)
    expect(leftOut).toHaveLength(21)
    expect(leftOut.at(-1)).toBe('and 40 more')
  })

  it.each<[what: string, given: Partial<TinyLora>, strength: LoraStrength, sentence: string]>([
    [
      'another base',
      { layers: new Map([['blocks.0.self_attn.q', [5120, 5120]]]) },
      1,
      'x.safetensors was trained for a Wan model of 14B parameters: it changes blocks.0.self_attn.q as [5120, 5120]',
    ],
    [
      'nothing of the model',
      { layers: new Map([['unet.q', [8, 8]]]) },
      1,
      "changes nothing in Wan's video transformer",
    ],
    ['a strength of 3', {}, 3, 'The strength of x.safetensors is 3 and must be a number from −2 to 2.'],
    ['a strength of no number', {}, [1, NaN], 'The strength of x.safetensors is NaN and must be'],
    ['no strength', {}, [], 'x.safetensors has 0 strengths; one to 200 can be given'],
  ])('are refused in a sentence: %s', async (_, given, strength, sentence) => {
    const opener = new LoraOpener(FILES)
    await expect(opener.open([{ file: file('x.safetensors', given), strength }])).rejects.toThrow(sentence)
  })

  it('are refused where the file is none, there are too many, or the model takes none', async () => {
    const opener = new LoraOpener(FILES)
    const page = { name: 'page.safetensors', file: new Blob(['<!DOCTYPE html>']) }
    await expect(opener.open([{ file: page }])).rejects.toThrow('page.safetensors is a web page, not weights')
    const many = Array.from({ length: 17 }, () => ({ file: page }))
    await expect(opener.open(many)).rejects.toThrow('17 LoRAs were given; at most 16')
    const { adapterBase: _, ...networks } = FILES.networks
    const other = new LoraOpener({ ...FILES, networks })
    await expect(other.open([{ file: page }])).rejects.toThrow(
      'page.safetensors cannot be used: Wan takes no LoRAs.',
    )
  })
})
