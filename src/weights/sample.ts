// Tells files of weights apart without reading them: a few bytes of every tensor.
import { sha256Hex } from './sources/sha256'
import type { TensorEntry, WeightFile } from './weight-file'

/** A tensor of no more bytes is taken whole. */
const WHOLE = 4096
const BYTES = 256
/** Reads under way at once. */
const AT_ONCE = 16

/** From the middle: the ends of a vocabulary or of padding are often the same in all files. */
async function sampled(file: WeightFile, { name, dtype, shape, byteLength }: TensorEntry): Promise<string> {
  const length = byteLength <= WHOLE ? byteLength : BYTES
  const offset = byteLength <= WHOLE ? 0 : Math.floor(byteLength / 2 / BYTES) * BYTES
  const bytes = await file.bytes(name, offset, Math.min(length, byteLength - offset))
  return JSON.stringify([name, dtype, shape, await sha256Hex(bytes)])
}

/** SHA-256, in hex, of every tensor's name, type, shape and some of its bytes. */
export async function sampleOf(file: WeightFile): Promise<string> {
  const entries = [...file.tensors.values()]
  const samples: string[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < entries.length; i = next++) samples[i] = await sampled(file, entries[i]!)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return sha256Hex(new TextEncoder().encode(samples.sort().join('\n')))
}
