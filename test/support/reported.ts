import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** A file of test/fixtures/reported. */
export function reported(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(readFileSync(`${import.meta.dirname}/../fixtures/reported/${name}.gz`)))
}
