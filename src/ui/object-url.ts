const RELEASE_MS = 60_000

/** Frees the blob of an address after a minute, since the browser may still be reading it. */
export function releaseLater(url: string): void {
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS)
}
