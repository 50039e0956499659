// A new family is a folder and a registration; a new sampler is a file. Nothing else has to change for a clip.
import { describe, expect, it } from 'vitest'
import { clipPhases, type Clip } from '../../src/engine/clip'
import { BUILT_IN, type Extensions } from '../../src/engine/extensions'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import { openModel } from '../../src/engine/model/open'
import { runPhases } from '../../src/engine/phases'
import { openOps } from '../../src/gpu/ops'
import { sizeUnits } from '../../src/models/family'
import { limitsFor } from '../../src/protocol/limits'
import type { NamedFile } from '../../src/protocol/model-source'
import { normaliseSettings } from '../../src/protocol/normalise'
import { createEuler } from '../../src/sampling/euler'
import type { SamplerFactory } from '../../src/sampling/samplers'
import { writeSafetensors } from '../../src/weights/formats/safetensors'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { randomFloats } from '../support/random'
import { TOY } from '../support/toy-family/family'

/** The whole of a new sampler: Euler's steps under another name, for at most three steps. */
const SHORT: SamplerFactory = {
  id: 'short',
  title: 'Short',
  fewSteps: { steps: { min: 1, max: 3 }, hasShift: true },
  create: (steps, shift) => ({ ...createEuler(steps, shift), name: 'short' }),
}

const EXTENDED: Extensions = {
  families: [...BUILT_IN.families, TOY],
  samplers: [...BUILT_IN.samplers, SHORT],
}

const floats = (count: number, seed: number): Uint8Array => new Uint8Array(randomFloats(count, seed).buffer)

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
}

async function toyFolder(): Promise<NamedFile[]> {
  const weights = writeSafetensors([
    { name: 'paint.weight', dtype: 'F32', shape: [72, 6], bytes: floats(72 * 6, 1) },
    { name: 'paint.bias', dtype: 'F32', shape: [72], bytes: floats(72, 2) },
  ])
  const words = new TextEncoder().encode(JSON.stringify(['a', 'red', 'ball']))
  const manifest = {
    format: 1,
    family: 'toy',
    id: 'toy',
    name: 'Toy',
    version: '1',
    licence: 'Apache-2.0',
    config: { maxTokens: 7 },
    files: [
      { role: 'toy', path: 'toy.safetensors', bytes: weights.length, sha256: await sha256(weights) },
      { role: 'words', path: 'words.json', bytes: words.length, sha256: await sha256(words) },
    ],
    defaults: {
      width: 36,
      height: 16,
      numFrames: 10,
      fps: 12,
      numInferenceSteps: 2,
      guidanceScale: 1,
      shift: 3,
      sampler: 'short',
    },
    sizes: [[36, 16]],
    latentPreview: { factors: Array.from({ length: 6 }, () => [0.1, 0.2, 0.3]), bias: [0, 0, 0] },
  }
  return [
    { name: 'toy/manifest.json', file: new Blob([JSON.stringify(manifest)]) },
    { name: 'toy/toy.safetensors', file: new Blob([weights]) },
    { name: 'toy/words.json', file: new Blob([words]) },
  ]
}

describe.each(quickCases())('a family of toy networks on $name', (gpuCase) => {
  it('opens by its manifest and makes a clip, planned to the byte', async () => {
    const { gpu } = await testGpu(gpuCase)
    const files = await openModel({ kind: 'files', files: await toyFolder() }, undefined, EXTENDED)
    const { networks, manifest, tokenizer, weights } = files
    const limits = limitsFor(sizeUnits(networks.geometry), manifest.defaults, EXTENDED.samplers)
    const checked = normaliseSettings({ prompt: 'a red ball', seed: 3, numFrames: 11 }, limits)
    if (!checked.ok) throw new Error(checked.reason)
    expect(checked.settings).toMatchObject({ width: 36, height: 16, numFrames: 10, sampler: 'short' })
    expect(checked.notes).toEqual(['Frames 11 became 10: a clip has 6n + 4 frames.'])

    const { ids } = tokenizer.encode(checked.settings.prompt, networks.maxTokens)
    const clip: Clip = { settings: checked.settings, prompts: [ids], samplers: EXTENDED.samplers }
    const ops = openOps(gpu)
    const frames: Uint8Array[] = []
    const seen: string[] = []
    const phases = clipPhases(networks, ops, clip, { onFrame: async (i420) => void frames.push(i420) })
    const measured: number[] = []
    await runPhases(phases, networks, loadingOf(ops, weights, { device: gpu.device }), {
      async around({ name }, body) {
        seen.push(name)
        await body()
        measured.push(ops.pool.highWater)
      },
    })
    expect(seen).toEqual(['encode', 'denoise', 'decode'])
    expect(frames).toHaveLength(10)
    expect(frames.every(({ length }) => length === 36 * 16 * 1.5)).toBe(true)
    expect(new Set(frames.map((frame) => frame.join())).size).toBe(4) // a picture for each latent frame
    const residency = { text: 'f32', weights: 'f16', streamed: false } as const
    expect((await planStages(files, clip, gpu, residency)).map(stageBytes)).toEqual(measured)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })
})

describe('a sampler of one file', () => {
  it('is offered, and keeps to its steps', () => {
    const limits = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 }, {}, EXTENDED.samplers)
    const checked = normaliseSettings(
      { prompt: 'x', seed: 1, sampler: 'Short', numInferenceSteps: 40 },
      limits,
    )
    expect(checked).toMatchObject({
      ok: true,
      settings: { sampler: 'short', numInferenceSteps: 3 },
      notes: ['Steps 40 became 3: Short has 1 to 3 steps.'],
    })
  })
})
