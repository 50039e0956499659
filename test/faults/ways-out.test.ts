// A GPU whose memory turns out too small, and numbers that overflow: what the engine does by itself, in the middle of a
// run.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { ModelManifest } from '../../src/engine/model/manifest'
import { writeSafetensors } from '../../src/weights/formats/safetensors'
import type { ModelSource } from '../../src/protocol/model-source'
import type { StageProgress } from '../../src/protocol/progress'
import { writeTinyModel } from '../e2e/support/tiny-model'
import { nodeGpu, type AdapterName } from '../support/adapter'
import { gpuCases } from '../support/gpu-cases'
import { refuseBuffers } from '../support/refused-buffers'
import { memoryFiles } from '../unit/storage/memory-files'
import { fullAt } from './faulty-files'
import { fitGpu, makeKept, openKept, storesOn } from './kept-run'

const INPUT = { prompt: 'a red ball', seed: 7, width: 32, height: 32, numFrames: 5, numInferenceSteps: 4 }

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))
afterEach(() => void vi.unstubAllGlobals())

async function modelIn(change: (folder: string) => void = () => undefined): Promise<ModelSource> {
  const folder = await writeTinyModel()
  folders.push(folder)
  change(folder)
  const files = readdirSync(folder).map((name) => ({
    name,
    file: new Blob([readFileSync(join(folder, name))]),
  }))
  return { kind: 'files', files }
}

/** Has no memory for buffers that are created while `isDue`. */
function shortOfMemory(gpu: GPU, isDue: (descriptor: GPUBufferDescriptor) => boolean): GPU {
  return fitGpu(gpu, (device) => refuseBuffers(device, isDue))
}

const F16 = gpuCases().find(({ storage }) => storage === 'f16')
let gpu: GPU
beforeAll(async () => {
  const name: AdapterName = F16?.adapter ?? gpuCases()[0]!.adapter
  gpu = await nodeGpu(name)
})

const STEPPED_DOWN =
  /The GPU ran out of memory, although .* the run continued with the transformer's weights as q[84]/

it('a run that finds too little memory goes on from its step with a smaller format, and says so', async () => {
  let due = 1
  let progress: StageProgress | undefined
  const short = shortOfMemory(gpu, () => progress?.stage === 'denoise' && progress.step >= 2 && due-- > 0)
  const disk = memoryFiles()
  const pipeline = await openKept(short, await modelIn(), storesOn(disk))
  const steps: number[] = []
  const made = await makeKept(pipeline, INPUT, (seen) => {
    progress = seen
    if (seen.stage === 'denoise') steps.push(seen.step)
  })
  expect(made.frames).toHaveLength(5)
  expect(made.notes.join(' ')).toMatch(STEPPED_DOWN)
  const restart = steps.findIndex((step, i) => i > 0 && step < steps[i - 1]!)
  if (restart >= 0) expect(steps[restart]).toBeGreaterThan(0) // not from the beginning
  expect(await disk.names('runs')).toEqual([])
  pipeline.dispose()
})

it('weights for which there is too little memory are not read to the end before a smaller format is tried', async () => {
  const loaded: string[] = []
  const isRefused = ({ label = '' }: GPUBufferDescriptor): boolean => {
    if (!/^blocks\.\d+\.modulation$/.test(label)) return false
    loaded.push(label)
    return loaded.length === 1
  }
  const pipeline = await openKept(shortOfMemory(gpu, isRefused), await modelIn(), storesOn(memoryFiles()))
  const made = await makeKept(pipeline, INPUT)
  expect(made.frames).toHaveLength(5)
  expect(made.notes.join(' ')).toMatch(STEPPED_DOWN)
  expect(loaded.slice(0, 3)).toEqual(['blocks.0.modulation', 'blocks.0.modulation', 'blocks.1.modulation'])
  pipeline.dispose()
})

interface Entry {
  dtype: 'F16' | 'F32'
  shape: number[]
  data_offsets: [number, number]
}

/** Puts a bias into a file of the model that no number of f16 holds, but every one of f32. */
function withLargeBias(folder: string, role: 'dit' | 'vae', tensor: string): void {
  const path = join(folder, `${role}.safetensors`)
  const old = readFileSync(path)
  const start = 8 + Number(old.readBigUInt64LE(0))
  const header = JSON.parse(old.toString('utf8', 8, start)) as Record<string, Entry>
  const bytes = writeSafetensors(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, { dtype, shape, data_offsets }]) => {
        const [from, to] = data_offsets
        const given = { name, dtype, shape, bytes: Uint8Array.from(old.subarray(start + from, start + to)) }
        if (name !== tensor) return given
        const values = new Float32Array(shape.reduce((product, size) => product * size, 1))
        values[0] = 3e5
        return { ...given, dtype: 'F32' as const, bytes: new Uint8Array(values.buffer) }
      }),
  )
  writeFileSync(path, bytes)
  const manifestPath = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as ModelManifest
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const files = manifest.files.map((file) =>
    file.role === role ? { ...file, sha256, bytes: bytes.length } : file,
  )
  writeFileSync(manifestPath, JSON.stringify({ ...manifest, files }))
}

const overflowed = (part: string) =>
  `Numbers of the ${part} overflowed as f16: that part was computed again as f32, which takes more memory and time.`

it.each([
  ['dit', 'blocks.0.ffn.0.bias', 'transformer'],
  ['vae', 'decoder.conv1.bias', 'picture decoder'],
] as const)(
  'numbers of the %s that overflow as f16 are computed again as f32, and named',
  async (role, tensor, part) => {
    expect(F16, 'an adapter with f16').toBeDefined()
    const disk = memoryFiles()
    const model = await modelIn((folder) => withLargeBias(folder, role, tensor))
    const pipeline = await openKept(fitGpu(gpu), model, storesOn(disk))
    const seen: string[] = []
    const made = await makeKept(pipeline, INPUT, ({ stage, step }) => seen.push(`${stage} ${step}`))
    expect(made.notes).toContain(overflowed(part))
    expect(new Set(made.frames).size).toBeGreaterThan(1)
    // The transformer's steps are not made again for the decoder.
    if (role === 'vae') expect(seen.filter((each) => each === 'denoise 1')).toHaveLength(1)
    expect(await disk.names('runs')).toEqual([])
    pipeline.dispose()
  },
)

it('too little memory after an overflow steps down from the formats of f32', async () => {
  const model = await modelIn((folder) => withLargeBias(folder, 'dit', 'blocks.0.ffn.0.bias'))
  let due = 1
  const stages: string[] = []
  const isAgain = (): boolean =>
    stages.at(-1) === 'denoise' && stages.indexOf('load', stages.indexOf('denoise')) > 0
  const short = shortOfMemory(gpu, () => isAgain() && due-- > 0)
  const pipeline = await openKept(short, model, storesOn(memoryFiles()))
  const made = await makeKept(pipeline, INPUT, ({ stage }) => stages.push(stage))
  expect(due).toBeLessThan(1)
  expect(made.notes).toContain(overflowed('transformer'))
  expect(made.notes.join(' ')).toMatch(STEPPED_DOWN)
  pipeline.dispose()
})

it('an overflow after too little memory keeps the step down', async () => {
  const model = await modelIn((folder) => withLargeBias(folder, 'vae', 'decoder.conv1.bias'))
  let due = 1
  let last = ''
  const short = shortOfMemory(gpu, () => last === 'denoise' && due-- > 0)
  const pipeline = await openKept(short, model, storesOn(memoryFiles()))
  const made = await makeKept(pipeline, INPUT, ({ stage }) => (last = stage))
  expect(made.notes).toContain(overflowed('picture decoder'))
  expect(made.notes.join(' ')).toMatch(STEPPED_DOWN)
  pipeline.dispose()
})

it('an overflow in the decoder on a disk that filled up before takes the latents from memory', async () => {
  let isFull = false
  const disk = fullAt(memoryFiles(), { reach: (name) => isFull && name === 'write' })
  const model = await modelIn((folder) => withLargeBias(folder, 'vae', 'decoder.conv1.bias'))
  const pipeline = await openKept(fitGpu(gpu), model, storesOn(disk))
  const made = await makeKept(pipeline, INPUT, ({ stage }) => (isFull ||= stage === 'denoise'))
  expect(made.frames).toHaveLength(5)
  expect(made.notes).toContain(overflowed('picture decoder'))
  expect(made.notes.join(' ')).toContain('it continued in memory')
  pipeline.dispose()
})
