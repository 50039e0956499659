// CLIP's vision transformer against the transformers library's.
import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { clipVisionShapes } from '../../src/cli/synthesize/clip-shapes'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { ClipVisionConfig } from '../../src/models/clip-vision/config'
import { pictureFeatures } from '../../src/models/clip-vision/features'
import { asClipVision } from '../../src/models/clip-vision/keys'
import { embedPatches, loadPatchWeights, picturePatches } from '../../src/models/clip-vision/patches'
import { elementCount, weightFile, type TensorEntry, type WeightFile } from '../../src/weights/weight-file'
import { compare, goldenMetadata, openGolden, OWN_GOLDENS, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'

const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

async function open(): Promise<{ golden: WeightFile; weights: WeightFile; config: ClipVisionConfig }> {
  const golden = await openGolden('clip_tiny.golden', OWN_GOLDENS) // other folders of goldens have none of CLIP
  const numbers = goldenMetadata(golden)
  const config: ClipVisionConfig = {
    dim: Number(numbers['hidden_size']),
    mlpDim: Number(numbers['intermediate_size']),
    numHeads: Number(numbers['num_attention_heads']),
    numLayers: Number(numbers['num_hidden_layers']),
    patchSize: Number(numbers['patch_size']),
    imageSize: Number(numbers['image_size']),
    eps: Number(numbers['layer_norm_eps']),
    joinedQkv: false,
  }
  return { golden, config, weights: formulaFile('clip', clipVisionShapes(config), golden.metadata['salt']!) }
}

/** The same weights as Wan's own file has them: q, k and v of a layer are one. */
async function joined(weights: WeightFile, numLayers: number): Promise<WeightFile> {
  const own = asClipVision(weights)
  const values = new Map<string, { shape: readonly number[]; data: Float32Array }>()
  for (const [name, { shape }] of own.tensors)
    if (!/\.attn\.[qkv]\./.test(name)) values.set(`visual.${name}`, { shape, data: await own.floats(name) })
  for (let i = 0; i < numLayers; i++) {
    for (const end of ['weight', 'bias']) {
      const parts = await Promise.all(
        ['q', 'k', 'v'].map((part) => own.floats(`transformer.${i}.attn.${part}.${end}`)),
      )
      const [rows = 0, ...cols] = own.tensors.get(`transformer.${i}.attn.q.${end}`)!.shape
      values.set(`visual.transformer.${i}.attn.to_qkv.${end}`, {
        shape: [3 * rows, ...cols],
        data: Float32Array.from(parts.flatMap((part) => [...part])),
      })
    }
  }
  const entries = new Map(
    Array.from(values, ([name, { shape }]): [string, TensorEntry] => [
      name,
      { name, dtype: 'F32', shape, offset: 0, byteLength: 4 * elementCount(shape) },
    ]),
  )
  return weightFile('joined', {}, entries, async ({ name }, offset, length) => {
    const { buffer, byteOffset } = values.get(name)!.data
    return new Uint8Array(buffer.slice(byteOffset + offset, byteOffset + offset + length) as ArrayBuffer)
  })
}

describe.each(gpuCases())('CLIP on $name', (gpuCase) => {
  it.each(['apart', 'joined'])('has the features of the library, q, k and v %s', async (layout) => {
    const { ops } = await testGpu(gpuCase)
    const { golden, weights, config } = await open()
    const before = ops.pool.mark().size
    const file = asClipVision(layout === 'joined' ? await joined(weights, config.numLayers) : weights)
    const loader = fileLoader(ops, file)
    const pixels = await golden.floats('pixels')
    const patchWeights = await loadPatchWeights(loader, config)
    const embedded = embedPatches(patchWeights, config, picturePatches(pixels, config))
    expect(compare('embedded', embedded, await golden.floats('tap.embedded')).relError).toBeLessThan(2e-6)
    const done: number[] = []
    const features = await pictureFeatures(
      loader,
      { ...config, joinedQkv: layout === 'joined' },
      () => pixels,
      {
        onLayer: (layer) => done.push(layer),
      },
    )
    const comparison = compare(`clip_tiny features, ${layout}`, features, await golden.floats('features'))
    printComparison(gpuCase.name, comparison)
    expect(comparison.relError).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
    expect(done).toEqual(Array.from({ length: config.numLayers - 1 }, (_, i) => i + 1))
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})
