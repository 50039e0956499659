import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import { float16ToFloat32, float32ToFloat16 } from '../../src/weights/quant/float16'

/**
 * The values in the storage type, on the GPU and as the numbers that were stored there: a reference starts from
 * those.
 */
export function uploadStorage(
  ops: Ops,
  data: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  label: string,
): { tensor: Tensor; values: Float32Array } {
  if (ops.storage === 'f32') return { tensor: ops.upload(data, shape, 'f32', label), values: data }
  const codes = float32ToFloat16(data)
  return { tensor: ops.upload(codes, shape, 'f16', label), values: float16ToFloat32(codes) }
}
