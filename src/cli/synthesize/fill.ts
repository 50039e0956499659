// Fills planned files with formula weights on several threads, each writing its parts in place.
import { closeSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { BLOCK_TYPES, isBlockDType } from '../../weights/quant/block-types'
import { DTYPE_BITS } from '../../weights/dtype'
import { float16ToFloat32 } from '../../weights/quant/float16'
import { formulaCodes } from './formula'
import { elementCount } from '../../weights/weight-file'
import type { PlannedFile, PlannedTensor, StoredType } from './planned-file'
import { isQuantizedType, quantize } from './quantize'

/** Elements of one part: a whole number of blocks of every type. */
const PART = 1 << 22

/** Elements `[first, first + count)` of a tensor, and the file for them. */
export interface Part {
  readonly path: string
  readonly tensor: PlannedTensor
  readonly first: number
  readonly count: number
}

/** The bytes of elements `[first, first + count)` of a tensor. The salt is empty, as in the goldens. */
export function storedBytes(
  { original, shape, dtype }: Omit<PlannedTensor, 'offset'>,
  first: number,
  count: number,
): Uint8Array<ArrayBuffer> {
  const codes = formulaCodes(original, shape, '', first, count)
  if (dtype === 'F16') return new Uint8Array(codes.buffer)
  const values = float16ToFloat32(codes)
  if (dtype === 'BF16') return new Uint8Array(toBfloat16(values).buffer)
  return isQuantizedType(dtype) ? quantize(values, dtype) : new Uint8Array(values.buffer)
}

/** Rounds to the upper half of an f32, halves to even; none of the formula's values overflows. */
function toBfloat16(values: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(
    new Uint32Array(values.buffer),
    (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16,
  )
}

function bytesBefore(dtype: StoredType, elements: number): number {
  return isBlockDType(dtype)
    ? (elements / BLOCK_TYPES[dtype].elements) * BLOCK_TYPES[dtype].bytes
    : (elements * DTYPE_BITS[dtype]) / 8
}

/** Writes a part to its open file; returns the number of bytes. */
export function writePart(descriptor: number, { tensor, first, count }: Part): number {
  const bytes = storedBytes(tensor, first, count)
  const position = tensor.offset + bytesBefore(tensor.dtype, first)
  for (let done = 0; done < bytes.length;)
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
  return bytes.length
}

function* partsOf(files: ReadonlyMap<string, PlannedFile>): Generator<Part> {
  for (const [path, { tensors }] of files) {
    for (const tensor of tensors) {
      const elements = elementCount(tensor.shape)
      for (let first = 0; first < elements; first += PART)
        yield { path, tensor, first, count: Math.min(PART, elements - first) }
    }
  }
}

/** Distributes parts to `threads` workers, one at a time each. */
function onThreads(parts: Generator<Part>, threads: number, onBytes: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let running = threads
    for (let i = 0; i < threads; i++) {
      const worker = new Worker(new URL('./worker.mjs', import.meta.url))
      const next = (): void => {
        const { value, done } = parts.next()
        if (!done) return worker.postMessage(value)
        void worker.terminate()
        if (--running === 0) resolve()
      }
      worker.on('message', (bytes: number) => {
        onBytes(bytes)
        next()
      })
      worker.on('error', reject)
      next()
    }
  })
}

function inTurn(parts: Generator<Part>, onBytes: (bytes: number) => void): void {
  const descriptors = new Map<string, number>()
  for (const part of parts) {
    const descriptor = descriptors.get(part.path) ?? openSync(part.path, 'r+')
    descriptors.set(part.path, descriptor)
    onBytes(writePart(descriptor, part))
  }
  for (const descriptor of descriptors.values()) closeSync(descriptor)
}

/** Writes everything of the file but its tensors. */
function writePieces(path: string, { size, pieces }: PlannedFile): void {
  const descriptor = openSync(path, 'w')
  ftruncateSync(descriptor, size)
  for (const { offset, bytes } of pieces) writeSync(descriptor, bytes, 0, bytes.length, offset)
  closeSync(descriptor)
}

/**
 * Writes all files under temporary names, then renames them, so that each exists whole or not at all.
 * @param files by their paths
 * @param threads 0 means this thread
 */
export async function writePlanned(
  files: ReadonlyMap<string, PlannedFile>,
  threads: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const passing = new Map(Array.from(files, ([path, file]) => [`${path}.part`, file]))
  for (const [path, file] of passing) writePieces(path, file)
  if (threads === 0) inTurn(partsOf(passing), onBytes)
  else await onThreads(partsOf(passing), threads, onBytes)
  for (const path of files.keys()) renameSync(`${path}.part`, path)
}
