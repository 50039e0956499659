import { beforeAll, describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/gpu/buffer-pool'
import { allocateEncoder } from '../../src/models/umt5/buffers'
import { allFormats, encodePrompt } from '../../src/models/umt5/encoder'
import { isForCpu } from '../../src/models/umt5/text-model'
import type { LinearFormat } from '../../src/models/umt5/graph'
import type { TextEncoderConfig } from '../../src/models/umt5/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { umt5 } from '../reference/umt5'
import { nodeGpu } from '../support/adapter'
import { relativeError } from '../support/error'
import { compare, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { fitForOrt } from '../support/ort-in-node'
import {
  FORMULA_CONFIG,
  formulaModel,
  partlyInt8Model,
  referenceWeights,
  textEncoderConfig,
} from '../support/umt5'

/** DESIGN's bounds: a model in f32; quantised weights against the same model on the dequantised ones. */
const TOLERANCE = 5e-5
const QUANTISED_TOLERANCE = 5e-3

const CASES = gpuCases().filter(({ storage }) => storage === 'f32')
const EOS = 1

/** `n` ids, the last eos. */
function someIds(n: number, { vocabSize }: TextEncoderConfig): number[] {
  return Array.from({ length: n }, (_, i) => (i === n - 1 ? EOS : 2 + ((i * 7) % (vocabSize - 2))))
}

/** The last state of the reference: `context`. */
async function reference(
  file: WeightFile,
  config: TextEncoderConfig,
  ids: readonly number[],
  format: 'f32' | 'q8' | 'q4' = 'f32',
): Promise<Float64Array> {
  return umt5(ids, await referenceWeights(file, config, format), config).at(-1)!
}

/** The first layer after which engine and reference differ, from models cut off there; undefined where none does. */
async function firstDivergingLayer(
  device: GPUDevice | undefined,
  weights: WeightFile,
  expected: WeightFile,
  config: TextEncoderConfig,
  ids: readonly number[],
): Promise<number | undefined> {
  for (let numLayers = 1; numLayers <= config.numLayers; numLayers++) {
    const cut = { ...config, numLayers }
    const error = relativeError(
      await encodePrompt({ ...(device && { device }), config: cut, weights, ids }),
      await reference(expected, cut, ids),
    )
    if (!(error <= TOLERANCE)) return numLayers - 1
  }
  return undefined
}

/** Bytes of GPU buffers that a dry run allocates for so many tokens, without onnxruntime's intermediates. */
function plannedBytes(
  file: WeightFile,
  config: TextEncoderConfig,
  tokens: number,
  format: LinearFormat,
  isLean: boolean,
): number {
  const pool = new BufferPool(undefined)
  allocateEncoder(pool, config, tokens, allFormats(file, config, format), isLean)
  return pool.highWater
}

/** The golden's prompts at their true length, and the rows of `hidden` that mean something. */
async function goldenPrompts(): Promise<{ ids: number[]; hidden: Float32Array }[]> {
  const golden = await openGolden('umt5_tiny.golden')
  const [batch = 1, length = 0] = golden.tensors.get('ids')!.shape
  const [ids, mask, hidden] = await Promise.all(['ids', 'mask', 'hidden'].map((name) => golden.floats(name)))
  const dim = hidden!.length / (batch * length)
  return Array.from({ length: batch }, (_, b) => {
    const n = mask!.subarray(b * length, (b + 1) * length).reduce((sum, value) => sum + value, 0)
    return {
      ids: [...ids!.subarray(b * length, b * length + n)],
      hidden: hidden!.subarray(b * length * dim, (b * length + n) * dim),
    }
  })
}

describe('the reference', () => {
  it('agrees with the official umt5_tiny', async () => {
    const weights = await openGolden('umt5_tiny.weights')
    for (const { ids, hidden } of await goldenPrompts()) {
      expect(relativeError(await reference(weights, textEncoderConfig(weights), ids), hidden)).toBeLessThan(
        2e-6,
      )
    }
  })
})

const PLACES: readonly { place: string; open: () => Promise<GPUDevice | undefined> }[] = [
  { place: 'the CPU', open: async () => undefined },
  ...CASES.map((gpuCase) => ({
    place: gpuCase.adapter,
    open: async () => fitForOrt((await testGpu(gpuCase)).gpu.device),
  })),
]

describe.each(PLACES)('umT5 on $place', ({ place, open }) => {
  let on: { device: GPUDevice } | undefined
  beforeAll(async () => {
    const device = await open()
    on = device && { device }
  })

  it('agrees with the official umt5_tiny', async () => {
    const weights = await openGolden('umt5_tiny.weights')
    const config = textEncoderConfig(weights)
    for (const { ids, hidden } of await goldenPrompts()) {
      const context = await encodePrompt({ ...on, config, weights, ids })
      const comparison = compare('umt5_tiny hidden', context, hidden)
      printComparison(place, comparison)
      const { relError } = comparison
      const where =
        relError <= TOLERANCE
          ? undefined
          : await firstDivergingLayer(on?.device, weights, weights, config, ids)
      expect(relError, `first diverging layer: ${where ?? 'none'}`).toBeLessThanOrEqual(TOLERANCE)
    }
  })

  it.each([1, 2, 512])('takes %i tokens', async (n) => {
    const config = { ...FORMULA_CONFIG, numLayers: 1 }
    const weights = formulaModel(config)
    const ids = someIds(n, config)
    const context = await encodePrompt({ ...on, config, weights, ids })
    expect(relativeError(context, await reference(weights, config, ids))).toBeLessThanOrEqual(TOLERANCE)
  })
})

describe.each(CASES)('quantised umT5 on $adapter', (gpuCase) => {
  let device: GPUDevice
  beforeAll(async () => {
    device = fitForOrt((await testGpu(gpuCase)).gpu.device)
  })

  it.each(['q8', 'q4'] as const)('%s is the model on the dequantised weights', async (format) => {
    const weights = formulaModel()
    const ids = someIds(9, FORMULA_CONFIG)
    const context = await encodePrompt({ device, config: FORMULA_CONFIG, weights, ids, format })
    const expected = await reference(weights, FORMULA_CONFIG, ids, format)
    expect(relativeError(context, expected)).toBeLessThanOrEqual(QUANTISED_TOLERANCE)
    // The control: the weights are in fact rounded.
    expect(relativeError(context, await reference(weights, FORMULA_CONFIG, ids))).toBeGreaterThan(
      QUANTISED_TOLERANCE,
    )
  })

  it('takes a file that mixes formats', async () => {
    const weights = await partlyInt8Model(['blocks.0.attn.q.weight', 'blocks.1.ffn.fc2.weight'])
    const ids = someIds(9, FORMULA_CONFIG)
    for (const format of ['q4', 'f32'] as const) {
      const context = await encodePrompt({ device, config: FORMULA_CONFIG, weights, ids, format })
      expect(
        relativeError(context, await reference(weights, FORMULA_CONFIG, ids, format)),
      ).toBeLessThanOrEqual(QUANTISED_TOLERANCE)
    }
  })
})

it('computes in f32 on the CPU, whatever the format', async () => {
  const [weights, ids] = [formulaModel(), someIds(9, FORMULA_CONFIG)]
  const context = await encodePrompt({ config: FORMULA_CONFIG, weights, ids, format: 'q4' })
  expect(relativeError(context, await reference(weights, FORMULA_CONFIG, ids))).toBeLessThanOrEqual(TOLERANCE)
})

it('leaves Mini to the CPU, and the encoder of Wan to the GPU', () => {
  expect(isForCpu({ ...FORMULA_CONFIG, dim: 128, dimAttn: 128, dimFfn: 384 })).toBe(true)
  expect(isForCpu({ ...FORMULA_CONFIG, dim: 4096, dimAttn: 4096, dimFfn: 10240 })).toBe(false)
})

/** What must hold on any adapter runs on the quickest. */
describe('encodePrompt', () => {
  const gpuCase = CASES.at(-1)!
  const config = FORMULA_CONFIG
  const weights = formulaModel()
  const ids = someIds(9, config)
  let device: GPUDevice
  beforeAll(async () => {
    device = fitForOrt((await testGpu(gpuCase)).gpu.device)
  })

  it('names the first layer that diverges', async () => {
    const wrong = await partlyInt8Model(['blocks.1.attn.o.weight'])
    expect(await firstDivergingLayer(device, wrong, weights, config, ids)).toBe(1)
    expect(await firstDivergingLayer(device, weights, weights, config, ids)).toBeUndefined()
  })

  it.each([
    ['f32', false],
    ['q8', false],
    ['q4', false],
    ['q8', true],
  ] as const)(
    'allocates what it planned in %s, and frees all of it; with one layer at a time: %s',
    async (format, isLean) => {
      const live = new Map<GPUBuffer, number>()
      let peak = 0
      const createBuffer = device.createBuffer.bind(device)
      Object.defineProperty(device, 'createBuffer', {
        configurable: true,
        value: (descriptor: GPUBufferDescriptor): GPUBuffer => {
          const buffer = createBuffer(descriptor)
          if (!descriptor.label?.startsWith('umt5.')) return buffer
          live.set(buffer, descriptor.size)
          peak = Math.max(
            peak,
            [...live.values()].reduce((a, b) => a + b),
          )
          const destroy = buffer.destroy.bind(buffer)
          Object.defineProperty(buffer, 'destroy', {
            configurable: true,
            value: () => {
              live.delete(buffer)
              destroy()
            },
          })
          return buffer
        },
      })
      try {
        let [own, all] = [0, 0]
        await encodePrompt({
          device,
          config,
          weights,
          ids,
          format,
          isLean,
          onBytes: (...bytes) => {
            ;[own, all] = bytes
          },
        })
        expect(peak).toBe(plannedBytes(weights, config, ids.length, format, isLean))
        expect(own).toBe(peak)
        expect(all).toBeGreaterThan(own)
        console.log(`umT5 in ${format}: ${own} bytes of our own, ${all} with onnxruntime's`)
        expect(live.size).toBe(0)
      } finally {
        Object.defineProperty(device, 'createBuffer', { configurable: true, value: createBuffer })
      }
    },
  )

  it('gives the same bits with one layer at a time, in less memory', async () => {
    const args = { device, config, weights, ids, format: 'q8' } as const
    expect(await encodePrompt({ ...args, isLean: true })).toEqual(await encodePrompt(args))
    const [lean, usual] = [true, false].map((isLean) =>
      plannedBytes(weights, config, ids.length, 'q8', isLean),
    )
    expect(lean).toBeLessThan(0.75 * usual!)
  })

  it('reports each layer, reads only the rows of the prompt, each once', async () => {
    const layers: [number, number][] = []
    const rows: number[] = []
    const watched: WeightFile = {
      ...weights,
      rows: (name, first, count) => {
        rows.push(first)
        expect(count).toBe(1)
        return weights.rows(name, first, count)
      },
    }
    await encodePrompt({
      device,
      config,
      weights: watched,
      ids: [5, 3, 5, EOS],
      onLayer: (done, total) => layers.push([done, total]),
    })
    expect(layers).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(rows).toEqual([5, 3, EOS])
  })

  it('stops between layers when aborted, and works again', async () => {
    const controller = new AbortController()
    const reason = new Error('Enough.')
    const run = encodePrompt({
      device,
      config,
      weights,
      ids,
      signal: controller.signal,
      onLayer: () => controller.abort(reason),
    })
    await expect(run).rejects.toBe(reason)
    await expect(encodePrompt({ device, config, weights, ids, signal: controller.signal })).rejects.toBe(
      reason,
    )
    const context = await encodePrompt({ device, config, weights, ids })
    expect(relativeError(context, await reference(weights, config, ids))).toBeLessThanOrEqual(TOLERANCE)
  })

  it('says that the device was lost, and works on the next one', async () => {
    const open = async (): Promise<GPUDevice> =>
      fitForOrt(await (await (await nodeGpu(gpuCase.adapter)).requestAdapter())!.requestDevice())
    const doomed = await open()
    const run = encodePrompt({ device: doomed, config, weights, ids, onLayer: () => doomed.destroy() })
    await expect(run).rejects.toMatchObject({ name: 'GpuError', code: 'device-lost' })
    await expect(encodePrompt({ device: doomed, config, weights, ids })).rejects.toMatchObject({
      name: 'GpuError',
      code: 'device-lost',
    })
    const context = await encodePrompt({ device: await open(), config, weights, ids })
    expect(relativeError(context, await reference(weights, config, ids))).toBeLessThanOrEqual(TOLERANCE)
  })

  it('checks everything before it touches the GPU', async () => {
    const untouched = new Proxy(
      {},
      {
        get: (_, name) => {
          throw new Error(`The GPU was touched: ${String(name)}.`)
        },
      },
    ) as GPUDevice
    const run = (change: Partial<Parameters<typeof encodePrompt>[0]>): Promise<unknown> =>
      encodePrompt({ device: untouched, config, weights, ids, ...change })
    await expect(run({ ids: [] })).rejects.toThrow(/no tokens/)
    await expect(run({ ids: [3, 61] })).rejects.toThrow(/token 61; the text encoder knows 0 to 60/)
    await expect(run({ ids: [-1] })).rejects.toThrow(/token -1/)
    await expect(run({ config: { ...config, numLayers: 3 } })).rejects.toThrow(
      /has no tensor blocks\.2\.norm1\.weight/,
    )
    await expect(run({ config: { ...config, dimFfn: 192 } })).rejects.toThrow(
      /\[256, 128\] and must have \[192, 128\]/,
    )
    await expect(run({ config: { ...config, numHeads: 5 } })).rejects.toThrow(/5 heads do not divide/)
    const narrow = { ...config, dimFfn: 80 }
    await expect(run({ config: narrow, weights: formulaModel(narrow), format: 'q8' })).rejects.toThrow(
      /80 inputs; q8 needs a multiple of 32/,
    )
    await expect(run({ signal: AbortSignal.abort(new Error('Enough.')) })).rejects.toThrow('Enough.')
  })
})
