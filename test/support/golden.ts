// The reference tensors: where they are, how they are read, how far a result is from them.
import { open } from 'node:fs/promises'
import { appendFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { checkRange, type ByteSource } from '../../src/weights/sources/byte-source'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import type { WeightFile } from '../../src/weights/weight-file'
import { keepComparison } from './difference'

/** The goldens that come with the project. */
export const OWN_GOLDENS = join(import.meta.dirname, '..', 'golden')

/** `GOLDEN_DIR` where that is set, else test/golden. */
export function goldenDir(): string {
  return process.env['GOLDEN_DIR'] || OWN_GOLDENS
}

/** The goldens in `goldenDir()` of the family whose names begin so, less `.golden.safetensors`: whatever their dims. */
export function goldenFamily(begins: RegExp): string[] {
  const ending = '.golden.safetensors'
  return readdirSync(goldenDir())
    .filter((file) => begins.test(file) && file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort()
}

/** Bytes of a file on disk, read by ranges. */
export function fileSource(path: string, name = path): ByteSource {
  const { size } = statSync(path)
  return {
    name,
    size,
    async read(offset, length) {
      checkRange(name, size, offset, length)
      const file = await open(path)
      try {
        const bytes = new Uint8Array(length)
        let done = 0
        while (done < length) {
          const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
          if (bytesRead === 0) throw new Error(`${name} became shorter while it was read.`)
          done += bytesRead
        }
        return bytes
      } finally {
        await file.close()
      }
    },
  }
}

/** `openGolden('dit_tiny.golden')`: the file of that name, with or without ".safetensors", in `goldenDir()`. */
export function openGolden(name: string, folder = goldenDir()): Promise<WeightFile> {
  const file = name.endsWith('.safetensors') ? name : `${name}.safetensors`
  return openSafetensors(fileSource(join(folder, file), file))
}

/** A golden file's `config` (or another key of its metadata), which is JSON. */
export function goldenMetadata(file: WeightFile, key = 'config'): Record<string, unknown> {
  const text = file.metadata[key]
  if (text === undefined)
    throw new Error(
      `${file.name} has no ${key} in its metadata; it has ${Object.keys(file.metadata).join(', ') || 'nothing'}.`,
    )
  return JSON.parse(text) as Record<string, unknown>
}

export interface Comparison {
  readonly name: string
  /** ‖actual − expected‖ / ‖expected‖. */
  readonly relError: number
  readonly maxError: number
}

/** In f64. Not a number anywhere makes both errors NaN, so that no `<=` holds. Throws where the lengths differ. */
export function compare(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Comparison {
  if (actual.length !== expected.length)
    throw new RangeError(`${name} has ${actual.length} elements and must have ${expected.length}.`)
  let difference = 0
  let size = 0
  let maxError = 0
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!)
    difference += error * error
    size += expected[i]! * expected[i]!
    maxError = Number.isNaN(error) ? NaN : Math.max(maxError, error) // Math.max keeps a NaN
  }
  const relError = difference === 0 ? 0 : Math.sqrt(difference / size)
  keepComparison(name, relError, actual, expected)
  return { name, relError, maxError }
}

export interface RecordedComparison extends Comparison {
  readonly gpu: string
}

/** Prints one line a tensor for `npm run test:golden`, and records it in the file that `GOLDEN_RECORD` names. */
export function printComparison(gpu: string, { name, relError, maxError }: Comparison): void {
  console.log(
    `${gpu.padEnd(20)} ${name.padEnd(40)} relative ${relError.toExponential(2)}  max ${maxError.toExponential(2)}`,
  )
  const record = process.env['GOLDEN_RECORD']
  if (record) appendFileSync(record, `${JSON.stringify({ gpu, name, relError, maxError })}\n`)
}
