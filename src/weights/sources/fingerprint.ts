import { sha256Hex } from './sha256'

/** Bytes at the beginning and at the end of a file that its fingerprint covers. */
const SAMPLE = 1 << 20

/** SHA-256 of a file's size, its first and its last MiB: it is known again, whatever it is called. */
export async function fingerprintOf(file: Blob): Promise<string> {
  const parts = [file.slice(0, SAMPLE), file.slice(Math.max(SAMPLE, file.size - SAMPLE))]
  return sha256Hex(new Uint8Array(await new Blob([`${file.size}\n`, ...parts]).arrayBuffer()))
}
