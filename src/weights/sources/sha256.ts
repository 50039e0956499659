import { WeightsError } from '../error'

/** Lower-case hex. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Rejects with `WeightsError` where the bytes of the file `name` are not the published ones. */
export async function verifySha256(
  bytes: Uint8Array<ArrayBuffer>,
  expectedHex: string,
  name: string,
): Promise<void> {
  const found = await sha256Hex(bytes)
  if (found === expectedHex.toLowerCase()) return
  throw new WeightsError(
    name,
    `${name} (${bytes.byteLength} bytes) has the SHA-256 ${found} and must have ${expectedHex}. It was damaged in transit; load it again.`,
  )
}
