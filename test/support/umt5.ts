// Text encoders for tests: the golden's config, weights for the f64 reference, small models from the formula.
import { umt5Shapes } from '../../src/cli/synthesize/shapes'
import { LINEARS } from '../../src/models/umt5/graph'
import { bufferSource } from '../../src/weights/sources/byte-source'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { readTensor } from '../../src/weights/matrix'
import { readLinear } from './read-linear'
import type { TextEncoderConfig } from '../../src/models/umt5/config'
import { unpackWeight, type WeightFormat } from '../../src/weights/quant/pack'
import { openSafetensors, writeSafetensors } from '../../src/weights/formats/safetensors'
import type { WeightFile } from '../../src/weights/weight-file'
import type { ReferenceWeights } from '../reference/umt5'
import { goldenMetadata } from './golden'

/** The official config's names as ours; `max_distance` is 128 where the file does not say. */
export function textEncoderConfig(file: WeightFile): TextEncoderConfig {
  const config = goldenMetadata(file)
  const number = (key: string, otherwise?: number): number => {
    const value = config[key] ?? otherwise
    if (typeof value !== 'number')
      throw new TypeError(`${file.name} has ${key} = ${JSON.stringify(value)}; needed a number.`)
    return value
  }
  return {
    vocabSize: number('vocab'),
    dim: number('dim'),
    dimAttn: number('dim_attn'),
    dimFfn: number('dim_ffn'),
    numHeads: number('num_heads'),
    numLayers: number('num_layers'),
    numBuckets: number('num_buckets'),
    maxDistance: number('max_distance', 128),
  }
}

/**
 * A model whose sizes are all different. Multiples of 128 let all formats share kernels, which are slow to compile on
 * software GPUs.
 */
export const FORMULA_CONFIG: TextEncoderConfig = {
  vocabSize: 61,
  dim: 128,
  dimAttn: 384,
  dimFfn: 256,
  numHeads: 6,
  numLayers: 2,
  numBuckets: 32,
  maxDistance: 128,
}

export function formulaModel(config: TextEncoderConfig = FORMULA_CONFIG): WeightFile {
  return formulaFile('umt5.formula', umt5Shapes(config), 'umt5')
}

/** All weights as the engine sees them: linear ones packed as `format` and unpacked again. */
export async function referenceWeights(
  file: WeightFile,
  config: TextEncoderConfig,
  format: 'f32' | WeightFormat,
): Promise<ReferenceWeights> {
  const linear = new Set<string>(Object.values(LINEARS).map(({ key }) => key))
  const all = new Map<string, ArrayLike<number>>()
  for (const [name, shape] of umt5Shapes(config)) {
    const [rows = 1, cols = 1] = shape
    const packed = format !== 'f32' && linear.has(name.replace(/^blocks\.\d+\./, ''))
    all.set(
      name,
      packed
        ? unpackWeight(await readLinear(file, name, rows, cols, format))
        : await readTensor(file, name, shape),
    )
  }
  return (key) => {
    const values = all.get(key)
    if (!values) throw new Error(`The reference asked for ${key}, which the model does not have.`)
    return values
  }
}

/** The model with some weights stored as int8, as our quantised files have them. */
export async function partlyInt8Model(
  stored: readonly string[],
  config: TextEncoderConfig = FORMULA_CONFIG,
): Promise<WeightFile> {
  const source = formulaModel(config)
  const tensors = await Promise.all(
    [...umt5Shapes(config)].map(async ([name, shape]) => {
      if (!stored.includes(name))
        return [{ name, dtype: 'F16' as const, shape, bytes: await source.bytes(name) }]
      const [rows = 1, cols = 1] = shape
      const { data, scales } = await readLinear(source, name, rows, cols, 'q8')
      const scaleShape = [rows, cols / 32]
      return [
        { name, dtype: 'I8' as const, shape, bytes: new Uint8Array(data.buffer) },
        {
          name: `${name}_scale`,
          dtype: 'F16' as const,
          shape: scaleShape,
          bytes: new Uint8Array(scales!.buffer).subarray(0, rows * (cols / 32) * 2),
        },
      ]
    }),
  )
  return openSafetensors(bufferSource('umt5.int8', writeSafetensors(tensors.flat())))
}
