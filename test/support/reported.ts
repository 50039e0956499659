import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A file of test/fixtures/reported. */
export function reported(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(readFileSync(join(process.cwd(), 'test/fixtures/reported', `${name}.gz`))))
}
