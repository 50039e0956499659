// npm run test:soak: 200 clips and 200 cancels of Zoetrope Mini in one engine. `npm test` makes a few of the tiny model.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { openPipeline } from '../../src/engine/pipeline'
import { watchBuffers, type BufferMeter } from '../../src/gpu/buffer-meter'
import type { ModelSource } from '../../src/protocol/model-source'
import { lostAt } from '../faults/faulty-gpu'
import { countPoints } from '../faults/plan'
import { nodeGpu } from '../support/adapter'
import { tinyModel } from '../support/changed-model'
import { fakeCodecs } from '../support/fake-codecs'
import { quickCases } from '../support/gpu-cases'
import { growth, soak } from './soak'

const IS_LONG = import.meta.env.MODE === 'soak'
const [CASE] = quickCases()
const ROUNDS = IS_LONG ? Number(process.env['ROUNDS'] ?? 200) : 6
/** Compiled code and caches that fill up. */
const MOST_HEAP_GROWTH = 2 << 20
const SMALL = { prompt: 'a red ball', seed: 7, width: 32, height: 32, numFrames: 5, numInferenceSteps: 2 }

beforeEach(() => {
  fakeCodecs({})
  return () => vi.unstubAllGlobals()
})

function mini(): ModelSource {
  const folder = join(import.meta.dirname, '../../public/models/mini')
  const files = readdirSync(folder).map((name) => ({
    name,
    file: new Blob([readFileSync(join(folder, name))]),
  }))
  return { kind: 'files', files }
}

it(
  `${ROUNDS} clips and ${ROUNDS} cancels leave nothing on the GPU and nothing in the heap`,
  async () => {
    const faulty = lostAt(await nodeGpu(CASE!.adapter), countPoints(), () => '') // none is lost
    let meter: BufferMeter | undefined
    const gpu = {
      wgslLanguageFeatures: faulty.gpu.wgslLanguageFeatures,
      async requestAdapter(options?: GPURequestAdapterOptions) {
        const adapter = await faulty.gpu.requestAdapter(options)
        const request = adapter?.requestDevice.bind(adapter)
        if (adapter && request)
          Object.defineProperty(adapter, 'requestDevice', {
            value: async (descriptor?: GPUDeviceDescriptor) => {
              const device = await request(descriptor)
              meter = watchBuffers(device)
              return device
            },
          })
        return adapter
      },
    } as GPU
    const engine = await openPipeline({
      gpu,
      model: IS_LONG ? mini() : await tinyModel(),
      memoryBytes: 1e9,
    })
    try {
      const { clips, cancels, left, latents } = await soak({
        engine,
        meter: meter!,
        settings: SMALL,
        clips: ROUNDS,
        cancels: ROUNDS,
        onRound(round, { gpuBytes, heapBytes, arrayBytes }) {
          const [gpuKb, heap, arrays] = [gpuBytes / 1e3, heapBytes / 1e6, arrayBytes / 1e6]
          if (IS_LONG && round % 10 === 9)
            console.log(
              `round ${round + 1}: ${gpuKb.toFixed(0)} kB on the GPU, heap ${heap.toFixed(1)} MB, arrays ${arrays.toFixed(1)} MB`,
            )
        },
      })
      const grown = {
        gpu: growth(left, 'gpuBytes'),
        heap: growth(left, 'heapBytes'),
        arrays: growth(left, 'arrayBytes'),
      }
      console.log(
        `${clips} clips and ${cancels} cancels on ${CASE!.name}; growth: ${grown.gpu} bytes on the GPU, ${(grown.heap / 1e6).toFixed(2)} MB of heap, ${(grown.arrays / 1e6).toFixed(2)} MB of arrays`,
      )
      expect([clips, cancels]).toEqual([ROUNDS, ROUNDS])
      expect([...latents]).toHaveLength(1) // and every clip is the first one again
      expect(grown.gpu).toBeLessThanOrEqual(0)
      expect(grown.heap).toBeLessThan(MOST_HEAP_GROWTH)
      expect(grown.arrays).toBeLessThan(MOST_HEAP_GROWTH)
    } finally {
      engine.dispose()
      faulty.close()
    }
  },
  IS_LONG ? 12 * 3_600_000 : 600_000,
)
