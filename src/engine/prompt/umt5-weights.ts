import { WeightsError } from '../../weights/error'
import { float16ToFloat32 } from '../../weights/float16'
import { readLinear, readRows, readTensor } from '../../weights/linear-weight'
import type { TextEncoderConfig } from '../../weights/manifest'
import type { PackedWeight } from '../../weights/quant'
import { requireTensor, type WeightFile } from '../../weights/weight-file'
import { relativeBias } from './relative-position'
import { BLOCK, LINEAR_NAMES, LINEARS, type LayerFormats, type LinearFormat, type LinearName } from './umt5-graph'

type Words = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** What one layer puts into its graph inputs, by their names; `hidden` comes from the layer before. */
export interface LayerData {
  readonly formats: LayerFormats
  readonly inputs: ReadonlyMap<string, Words>
}

const EMBEDDING = 'token_embedding.weight'
const FINAL_NORM = 'norm.weight'
const biasKey = (layer: number): string => `blocks.${layer}.pos_embedding.embedding.weight`

/** Checks that every tensor is there in its shape, and that the format fits. @throws WeightsError */
export function checkTensors(file: WeightFile, config: TextEncoderConfig, format: LinearFormat): void {
  const { dim, dimAttn, numHeads, numLayers, numBuckets, vocabSize } = config
  if (dimAttn % numHeads !== 0) {
    throw new WeightsError(file.name, `${file.name}: dimAttn is ${dimAttn}, which ${numHeads} heads do not divide. Check the model's manifest.`)
  }
  requireTensor(file, EMBEDDING, [vocabSize, dim])
  for (let layer = 0; layer < numLayers; layer++) {
    requireTensor(file, `blocks.${layer}.norm1.weight`, [dim])
    requireTensor(file, `blocks.${layer}.norm2.weight`, [dim])
    requireTensor(file, biasKey(layer), [numBuckets, numHeads])
    for (const { key, rows, cols } of Object.values(LINEARS)) {
      requireTensor(file, `blocks.${layer}.${key}`, [config[rows], config[cols]])
      if (format !== 'f32' && config[cols] % BLOCK !== 0) {
        throw new WeightsError(file.name, `${file.name}: blocks.${layer}.${key} has ${config[cols]} inputs; ${format} needs a multiple of ${BLOCK}. Choose f32.`)
      }
    }
  }
  requireTensor(file, FINAL_NORM, [dim])
}

/** The embedding of each id, [n, dim]. Reads those rows only, each once. */
export async function embed(file: WeightFile, { vocabSize, dim }: TextEncoderConfig, ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
  const rows = new Map<number, Float32Array>()
  for (const id of ids) if (!rows.has(id)) rows.set(id, await readRows(file, EMBEDDING, [vocabSize, dim], id, 1))
  const hidden = new Float32Array(ids.length * dim)
  ids.forEach((id, i) => hidden.set(rows.get(id) ?? [], i * dim))
  return hidden
}

export function readFinalNorm(file: WeightFile, { dim }: TextEncoderConfig): Promise<Float32Array<ArrayBuffer>> {
  return readTensor(file, FINAL_NORM, [dim])
}

/** As MatMulNBits has it: unsigned steps around 128 or 8, f32 scales; what a q4 block's minimum adds beyond −8 steps is its offset. */
function matMulNBitsInputs(name: LinearName, { format, data, scales, rows, stride }: PackedWeight): [string, Words][] {
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
 * Reads one layer. A weight stored as int8 stays q8 when q4 is asked for, so the formats can differ from `format`.
 * @param buckets from `relativeBuckets`, [2n−1]
 */
export async function readLayer(
  file: WeightFile,
  config: TextEncoderConfig,
  layer: number,
  format: LinearFormat,
  buckets: Int32Array,
  signal?: AbortSignal,
): Promise<LayerData> {
  const { dim, numHeads, numBuckets } = config
  const formats = new Map<LinearName, LinearFormat>()
  const inputs = new Map<string, Words>()
  for (const norm of ['norm1', 'norm2']) inputs.set(norm, await readTensor(file, `blocks.${layer}.${norm}.weight`, [dim]))
  inputs.set('bias', relativeBias(await readTensor(file, biasKey(layer), [numBuckets, numHeads]), buckets, numHeads))
  for (const name of LINEAR_NAMES) {
    signal?.throwIfAborted()
    const { key, rows, cols } = LINEARS[name]
    const tensor = `blocks.${layer}.${key}`
    if (format === 'f32') {
      formats.set(name, 'f32')
      inputs.set(name, await readTensor(file, tensor, [config[rows], config[cols]]))
    } else {
      const packed = await readLinear(file, tensor, config[rows], config[cols], format)
      formats.set(name, packed.format === 'q4' ? 'q4' : 'q8')
      for (const [input, words] of matMulNBitsInputs(name, packed)) inputs.set(input, words)
    }
  }
  return { formats: Object.fromEntries(formats) as Record<LinearName, LinearFormat>, inputs }
}
