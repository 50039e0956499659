// Whether the files of a set are still the ones that were chosen: by their sizes and times of change.
import type { NamedFile } from '../../protocol/model-source'

/** A file as it was when it was chosen. */
export interface KnownFile {
  name: string
  bytes: number
  /** Milliseconds since 1970. */
  changedAt: number | undefined
}

export function knownOf({ name, file }: NamedFile): KnownFile {
  return { name, bytes: file.size, changedAt: file instanceof File ? file.lastModified : undefined }
}

/** The name of a known file that is gone or has changed. */
export function changedSince(known: readonly KnownFile[], files: readonly NamedFile[]): string | undefined {
  const now = new Map(files.map(knownOf).map((file) => [file.name, file]))
  return known.find(({ name, bytes, changedAt }) => {
    const found = now.get(name)
    return found?.bytes !== bytes || found.changedAt !== changedAt
  })?.name
}
