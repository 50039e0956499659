import { WeightsError } from '../../weights/error'
import { float16ToFloat32 } from '../../weights/quant/float16'
import { matrixOf, readRows, readTensor } from '../../weights/matrix'
import type { TextEncoderConfig } from './config'
import type { PackedWeight } from '../../weights/quant/pack'
import { requireTensor, type WeightFile } from '../../weights/weight-file'
import { relativeBias } from './relative-position'
import {
  BLOCK,
  LINEAR_NAMES,
  LINEARS,
  uniformFormats,
  type LayerFormats,
  type LinearFormat,
  type LinearName,
} from './graph'

type Words = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

const EMBEDDING = 'token_embedding.weight'
const FINAL_NORM = 'norm.weight'
const biasKey = (layer: number): string => `blocks.${layer}.pos_embedding.embedding.weight`

/** Checks that every tensor exists in its shape, and that the format fits. @throws WeightsError */
export function checkTensors(file: WeightFile, config: TextEncoderConfig, format: LinearFormat): void {
  const { dim, dimAttn, numHeads, numLayers, numBuckets, vocabSize } = config
  if (dimAttn % numHeads !== 0) {
    throw new WeightsError(
      file.name,
      `${file.name}: dimAttn is ${dimAttn}, which ${numHeads} heads do not divide. Check the model's manifest.`,
    )
  }
  requireTensor(file, EMBEDDING, [vocabSize, dim])
  for (let layer = 0; layer < numLayers; layer++) {
    requireTensor(file, `blocks.${layer}.norm1.weight`, [dim])
    requireTensor(file, `blocks.${layer}.norm2.weight`, [dim])
    requireTensor(file, biasKey(layer), [numBuckets, numHeads])
    for (const { key, rows, cols } of Object.values(LINEARS)) {
      requireTensor(file, `blocks.${layer}.${key}`, [config[rows], config[cols]])
      if (format !== 'f32' && config[cols] % BLOCK !== 0) {
        throw new WeightsError(
          file.name,
          `${file.name}: blocks.${layer}.${key} has ${config[cols]} inputs; ${format} needs a multiple of ${BLOCK}. Choose f32.`,
        )
      }
    }
  }
  requireTensor(file, FINAL_NORM, [dim])
}

/** The embedding of each id, [n, dim]. Reads only those rows, each once. */
export async function embed(
  file: WeightFile,
  { vocabSize, dim }: TextEncoderConfig,
  ids: readonly number[],
): Promise<Float32Array<ArrayBuffer>> {
  const rows = new Map<number, Float32Array>()
  for (const id of ids)
    if (!rows.has(id)) rows.set(id, await readRows(file, EMBEDDING, [vocabSize, dim], id, 1))
  const hidden = new Float32Array(ids.length * dim)
  ids.forEach((id, i) => hidden.set(rows.get(id) ?? [], i * dim))
  return hidden
}

export function readFinalNorm(
  file: WeightFile,
  { dim }: TextEncoderConfig,
): Promise<Float32Array<ArrayBuffer>> {
  return readTensor(file, FINAL_NORM, [dim])
}

/**
 * A weight in the form of MatMulNBits: unsigned steps around 128 or 8, f32 scales. The part of a q4 block's minimum
 * beyond −8 steps is its offset.
 */
function matMulNBitsInputs(
  name: LinearName,
  { format, data, scales, rows, stride }: PackedWeight,
): [string, Words][] {
  const blocks = rows * (stride / BLOCK)
  if (!scales) throw new Error(`The weight ${name} is packed as ${format} and has no scales.`)
  const halves = float16ToFloat32(new Uint16Array(scales.buffer, scales.byteOffset, scales.length * 2))
  if (format === 'q8') {
    return [
      [`${name}.data`, data.map((word) => word ^ 0x80808080)],
      [`${name}.scales`, halves.subarray(0, blocks)],
    ]
  }
  const steps = new Float32Array(blocks)
  const offsets = new Float32Array(blocks)
  for (let block = 0; block < blocks; block++) {
    const scale = halves[block * 2] ?? 0
    steps[block] = scale
    offsets[block] = (halves[block * 2 + 1] ?? 0) + 8 * scale
  }
  return [
    [`${name}.data`, data],
    [`${name}.scales`, steps],
    [`${name}.offsets`, offsets],
  ]
}

/**
 * Format of each linear weight of a layer on the GPU: int8 stays q8 when q4 is requested, and four-bit blocks are
 * always q4.
 */
export function layerFormats(
  file: WeightFile,
  config: TextEncoderConfig,
  layer: number,
  format: LinearFormat,
): LayerFormats {
  if (format === 'f32') return uniformFormats('f32')
  const formats = LINEAR_NAMES.map((name) => {
    const { key, rows, cols } = LINEARS[name]
    const matrix = matrixOf(file, `blocks.${layer}.${key}`, config[rows], config[cols], format)
    return [name, matrix.format === 'q4' ? 'q4' : 'q8'] as const
  })
  return Object.fromEntries(formats) as Record<LinearName, LinearFormat>
}

/** The bias of a layer's attention, [heads, n, n]. @param buckets from `relativeBuckets`, [2n−1] */
export async function readBias(
  file: WeightFile,
  { numBuckets, numHeads }: TextEncoderConfig,
  layer: number,
  buckets: Int32Array,
): Promise<Float32Array<ArrayBuffer>> {
  return relativeBias(await readTensor(file, biasKey(layer), [numBuckets, numHeads]), buckets, numHeads)
}

/** Reads the weights of one layer, one matrix after the other, by the names of their graph inputs. */
export async function* readLayer(
  file: WeightFile,
  config: TextEncoderConfig,
  layer: number,
  format: LinearFormat,
  signal?: AbortSignal,
): AsyncGenerator<readonly [input: string, Words], void, void> {
  for (const norm of ['norm1', 'norm2'])
    yield [norm, await readTensor(file, `blocks.${layer}.${norm}.weight`, [config.dim])]
  for (const name of LINEAR_NAMES) {
    const { key, rows, cols } = LINEARS[name]
    const tensor = `blocks.${layer}.${key}`
    if (format === 'f32') yield [name, await readTensor(file, tensor, [config[rows], config[cols]])]
    else
      yield* matMulNBitsInputs(
        name,
        await matrixOf(file, tensor, config[rows], config[cols], format).read(signal),
      )
  }
}
