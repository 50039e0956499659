// What a fuzzer is, and what several of them need.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseBoundedJson, type JsonLimits } from '../../src/weights/formats/bounded-json'
import { WeightsError } from '../../src/weights/error'
import type { Random } from './random'

export interface Target {
  readonly name: string
  make(random: Random): Uint8Array<ArrayBuffer>
  /** Reads what was made. An error that is not typed is a fault. */
  read(input: Uint8Array<ArrayBuffer>): Promise<void>
}

export const ROOT = process.cwd() // npm's; the bundle lies elsewhere
export const encoder = new TextEncoder()

export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(ROOT, 'test/fixtures', name)))
}

export function json(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes))
}

/** As the engine reads a document. @throws WeightsError */
export function boundedJson(input: Uint8Array, limits: JsonLimits): unknown {
  return parseBoundedJson(input, limits, 'it', (problem) => {
    throw new WeightsError('input', problem)
  })
}
