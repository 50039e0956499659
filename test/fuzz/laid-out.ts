// Headers as safetensors files: framed as they are, or with the bytes of their tensors laid out to fit.
import type { Random } from './random'
import { encoder } from './target'

export function framed(header: Uint8Array, data: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(8 + header.length + data)
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true)
  file.set(header, 8)
  return file
}

interface Tensor {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
}

/** What a file can hold of a header that was changed. */
function soundTensors(random: Random, header: unknown): Tensor[] {
  const entries = typeof header === 'object' && header !== null ? Object.entries(header as object) : []
  return entries.flatMap(([name, entry]: [string, unknown]) => {
    const { dtype, shape } = (entry ?? {}) as { dtype?: unknown; shape?: unknown }
    const sound =
      Array.isArray(shape) && shape.every((dim) => Number.isInteger(dim) && dim >= 0 && dim < 2000)
    if (!sound || shape.length >= 6 || name.length >= 200) return []
    const isKept = random.chance(0.99) && typeof dtype === 'string'
    return [{ name, dtype: isKept ? dtype : 'I8', shape: shape as number[] }]
  })
}

const bytesOf = (dtype: string): number => (dtype === 'F32' ? 4 : dtype === 'F16' ? 2 : 1)

/** A file of these tensors, whose values are zeros. */
export function laidOut(random: Random, header: unknown): Uint8Array<ArrayBuffer> {
  let end = 0
  const laid = soundTensors(random, header).map(({ name, dtype, shape }) => {
    const begin = end
    end += shape.reduce((product, dim) => product * dim, bytesOf(dtype))
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const
  })
  return framed(encoder.encode(JSON.stringify(Object.fromEntries(laid))), Math.min(end, 1 << 20))
}
