// Changes to a file that parsers trip over: sizes at the edge, cuts, parts twice, bits flipped.
import type { Random } from './random'

const WIDTHS = [1, 2, 4, 8] as const
const EDGES: readonly bigint[] = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x1fffffffffffffn,
  0x20000000000000n,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
]

function setEdge(random: Random, bytes: Uint8Array): void {
  const width = random.pick(WIDTHS)
  if (bytes.length < width) return
  const at = random.below(bytes.length - width + 1)
  const value = random.pick(EDGES)
  for (let i = 0; i < width; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 255n)
}

function mutateOnce(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1)
  const count = Math.min(random.size(1000), bytes.length - at)
  switch (random.below(7)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << random.below(8)
      return bytes
    case 1:
      if (at < bytes.length) bytes[at] = random.below(256)
      return bytes
    case 2:
      setEdge(random, bytes)
      return bytes
    case 3:
      return bytes.slice(0, at)
    case 4:
      return Uint8Array.from([...bytes.subarray(0, at), ...random.bytes(count), ...bytes.subarray(at)])
    case 5:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + count)])
    default:
      return Uint8Array.from([...bytes.subarray(0, at + count), ...bytes.subarray(at)])
  }
}

/** One to four changes. */
export function mutateBytes(random: Random, sample: Uint8Array): Uint8Array<ArrayBuffer> {
  let bytes = sample.slice()
  for (let left = 1 + random.below(4); left > 0; left--) bytes = mutateOnce(random, bytes)
  return bytes
}
