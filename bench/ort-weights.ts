// Converts our packed matrices to the form of onnxruntime's MatMulNBits: unsigned, with the zero point in the middle.
import type { GraphWeight } from '../src/models/umt5/onnx-model'
import type { Storage } from '../src/gpu/device'
import { float16ToFloat32 } from '../src/weights/quant/float16'
import { BLOCK, type PackedWeight } from '../src/weights/quant/pack'
import { ONNX_TYPES } from './ort'

export const BITS = { q8: 8, q4: 4 } as const

/** Codes of a q8 matrix, or of a q4 one whose minimum is −8 scales, and the f16 codes of its scales [rows, cols/32]. */
export function nBits({ format, rows, cols, data, scales }: PackedWeight): {
  words: Uint32Array<ArrayBuffer>
  steps: Uint16Array<ArrayBuffer>
} {
  const codes = new Uint16Array(scales!.buffer)
  return {
    words: format === 'q8' ? data.map((word) => word ^ 0x80808080) : data,
    steps: Uint16Array.from({ length: (rows * cols) / BLOCK }, (_, i) => codes[format === 'q8' ? i : 2 * i]!),
  }
}

/** `name.data` and `name.scales` of a q8 matrix as parts of a model. */
export function nBitsWeights(name: string, packed: PackedWeight, storage: Storage): GraphWeight[] {
  const { rows, cols } = packed
  const { words, steps } = nBits(packed)
  const scales = storage === 'f16' ? steps : float16ToFloat32(steps)
  return [
    {
      name: `${name}.data`,
      dtype: 'uint8',
      shape: [rows, cols / BLOCK, BLOCK],
      bytes: new Uint8Array(words.buffer),
    },
    {
      name: `${name}.scales`,
      dtype: ONNX_TYPES[storage],
      shape: [rows, cols / BLOCK],
      bytes: new Uint8Array(scales.buffer),
    },
  ]
}
