// What the tests read back from a GPU, as hashes. The files of two commits, compared, show whether a change touched a
// bit.
import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Ops } from '../../src/gpu/ops'

/** The same ops. Where `ZOETROPE_HASHES` names a file, each read appends a line to it: adapter, test and SHA-256. */
export function withHashes<T extends Ops>(ops: T, gpu: string): T {
  const file = process.env['ZOETROPE_HASHES']
  if (file === undefined) return ops
  const note = <A extends ArrayBufferView>(values: A): A => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const hash = createHash('sha256').update(bytes).digest('hex')
    appendFileSync(file, `${gpu}\t${expect.getState().currentTestName ?? 'outside of a test'}\t${hash}\n`)
    return values
  }
  return {
    ...ops,
    read: async (tensor, signal) => note(await ops.read(tensor, signal)),
    readBytes: async (tensor, signal) => note(await ops.readBytes(tensor, signal)),
  }
}
