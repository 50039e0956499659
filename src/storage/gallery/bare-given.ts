// The files that a clip was made with, as they may be kept: pictures without where they were taken.
import type { GivenFile } from '../../protocol/gallery'

/** Makes of a file what may be kept of it; undefined where that is nothing. */
export type Bare = (file: Blob) => Promise<Blob | undefined>

export async function bareGiven(files: readonly GivenFile[], bare: Bare): Promise<GivenFile[]> {
  const kept: GivenFile[] = []
  for (const each of files) {
    const file = await bare(each.file)
    if (file !== undefined) kept.push({ ...each, type: file.type, file })
  }
  return kept
}
