// How much of a full-size model is in JavaScript's memory at once, while its layers go from the file to the GPU.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { ditShapes, umt5Shapes, vaeShapes } from '../../../src/cli/synthesize/shapes'
import { loadBlock } from '../../../src/models/wan-dit/block-weights'
import { readLayer } from '../../../src/models/umt5/weights'
import { WAN_VAE } from '../../../src/models/wan-vae/config'
import { loadDecoder } from '../../../src/models/wan-vae/weights'
import { fileLoader } from '../../../src/models/blocks/weight-loader'
import { dryOps, type Ops } from '../../../src/gpu/ops'
import { isBlockDType } from '../../../src/weights/quant/block-types'
import type { WeightFormat } from '../../../src/weights/quant/pack'
import {
  tensorBytes,
  weightFile,
  type TensorDType,
  type TensorEntry,
  type WeightFile,
} from '../../../src/weights/weight-file'
import { UMT5_XXL, WAN_DIT } from '../../support/full-size'

const MOST = 256e6

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of array buffers that are still reachable, or were a moment ago: V8 frees what it collected in the background. */
function held(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}

/** Collecting garbage takes time: at every so many reads. */
const SAMPLED = 6

/** Waits until what other files of this process left behind is freed. */
async function settled(): Promise<number> {
  let before = held()
  for (let same = 0; same < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    const now = held()
    same = now === before ? same + 1 : 0
    before = now
  }
  return before
}

/** The most that was held at any upload and at some of the reads, beyond what was held before. */
class Gauge {
  most = 0
  reads = 0
  private constructor(private readonly before: number) {}
  static async open(): Promise<Gauge> {
    return new Gauge(await settled())
  }
  sample(): void {
    // What would be the most is looked at again: at the latest then, all that was collected is freed.
    if (held() - this.before > this.most) this.most = Math.max(this.most, held() - this.before)
  }
}

/** A file of zeros; quantised types for matrices that take them. */
function zeros(shapes: ReadonlyMap<string, readonly number[]>, dtype: TensorDType, gauge: Gauge): WeightFile {
  const tensors = new Map<string, TensorEntry>()
  for (const [name, shape] of shapes) {
    const own = isBlockDType(dtype) && (shape.length !== 2 || shape[1]! % 256 !== 0) ? 'F32' : dtype
    tensors.set(name, { name, dtype: own, shape, offset: 0, byteLength: tensorBytes(own, shape) })
  }
  return weightFile('zeros', {}, tensors, async (_entry, _offset, length) => {
    const bytes = new Uint8Array(length)
    if (gauge.reads++ % SAMPLED === 0) gauge.sample()
    return bytes
  })
}

describe('JavaScript holds at most 256 MB of weights', () => {
  it('and the gauge sees what is held', async () => {
    const gauge = await Gauge.open()
    const kept = new Uint8Array(50e6)
    gauge.sample()
    expect(gauge.most).toBeGreaterThanOrEqual(kept.length)
    expect(gauge.most).toBeLessThan(60e6)
  })

  it.each([
    { dtype: 'F16', format: 'q8' },
    { dtype: 'Q4_K', format: 'q4' },
  ] as const)('of a layer of umT5-xxl from $dtype to $format', async ({ dtype, format }) => {
    const gauge = await Gauge.open()
    const file = zeros(umt5Shapes({ ...UMT5_XXL, numLayers: 1 }), dtype, gauge)
    let bytes = 0
    for await (const [, words] of readLayer(file, UMT5_XXL, 0, format)) {
      gauge.sample()
      bytes += words.byteLength
    }
    console.log(
      `umT5-xxl layer, ${dtype} to ${format}: ${gauge.reads} reads, ${bytes} bytes uploaded, at most ${gauge.most} held`,
    )
    expect(bytes).toBeGreaterThan(140e6) // the whole layer went by
    expect(gauge.most).toBeGreaterThan(10e6)
    expect(gauge.most).toBeLessThanOrEqual(MOST)
  })

  /** Takes what is uploaded, as a device does, and forgets it. */
  const swallowing = (gauge: Gauge): Ops => {
    const ops = dryOps('f16', Infinity)
    const take = (data: unknown): unknown => (typeof data === 'function' ? (data() as unknown) : data)
    return {
      ...ops,
      upload: (source, shape, dtype, label) => {
        const data = take(source)
        gauge.sample()
        expect(data).toBeDefined()
        return ops.upload(source, shape, dtype, label)
      },
    }
  }

  it.each([
    { dtype: 'F32', format: 'f16' },
    { dtype: 'Q8_0', format: 'q8' },
  ] as const)(
    'of a block of the transformer from $dtype to $format',
    async ({ dtype, format }: { dtype: TensorDType; format: WeightFormat }) => {
      const gauge = await Gauge.open()
      const ops = swallowing(gauge)
      await loadBlock(
        fileLoader(ops, zeros(ditShapes({ ...WAN_DIT, numLayers: 1 }), dtype, gauge), format),
        'blocks.0',
        WAN_DIT,
      )
      console.log(
        `DiT block, ${dtype} to ${format}: ${gauge.reads} reads, ${ops.pool.bytes} bytes uploaded, at most ${gauge.most} held`,
      )
      expect(ops.pool.bytes).toBeGreaterThan(46e6)
      expect(gauge.most).toBeGreaterThan(1e6)
      expect(gauge.most).toBeLessThanOrEqual(MOST)
    },
  )

  it('of the whole VAE decoder', async () => {
    const gauge = await Gauge.open()
    const ops = swallowing(gauge)
    await loadDecoder(fileLoader(ops, zeros(vaeShapes(WAN_VAE), 'F32', gauge)), WAN_VAE)
    console.log(
      `VAE decoder, F32: ${gauge.reads} reads, ${ops.pool.bytes} bytes uploaded, at most ${gauge.most} held`,
    )
    expect(gauge.most).toBeLessThanOrEqual(MOST)
  })
})
