// Opens a downloaded model for reading ranges from the disk.
import { blobSource } from '../weights/sources/byte-source'
import { WeightsError } from '../weights/error'
import { changesOf, type ModelFolder } from '../weights/sources/model-folder'
import { dataPath, readModel, statusOf } from './entries'
import type { StoreFiles } from './files'
import { opfsFiles } from './opfs'

/**
 * The files of a downloaded model, by their paths; of those that it does without, the verified ones.
 * @throws WeightsError where it is incomplete: unverified files are never read
 */
export async function storedFiles(
  id: string,
  files: StoreFiles = opfsFiles,
): Promise<ReadonlyMap<string, Blob>> {
  const model = await readModel(files, id)
  if (model === undefined)
    throw new WeightsError(
      id,
      `The model ${id} is not stored in this browser. Download it first.`,
      'model-missing',
    )
  const status = await statusOf(files, model)
  const open = status.find(({ isVerified, isOptional }) => !isVerified && !isOptional)
  if (open !== undefined)
    throw new WeightsError(
      id,
      `The model ${id} is incomplete: ${open.path} has ${open.doneBytes} of ${open.bytes} bytes on this disk${open.doneBytes === open.bytes ? ', and was not verified' : ''}. ${open.problem ?? 'Resume its download to fetch what is missing.'}`,
      'model-missing',
    )
  const blobs = new Map<string, Blob>()
  for (const { path, key, bytes, isVerified } of status) {
    if (!isVerified) continue
    const blob = await files.snapshot(dataPath(key))
    if (blob?.size !== bytes)
      throw new WeightsError(
        path,
        `${path} of ${id} has ${blob?.size ?? 0} bytes on this disk and must have ${bytes}. Resume its download to fetch what is missing.`,
        'model-missing',
      )
    blobs.set(path, blob)
  }
  return blobs
}

/** @throws WeightsError as `storedFiles` */
export async function storedFolder(id: string, files: StoreFiles = opfsFiles): Promise<ModelFolder> {
  const blobs = await storedFiles(id, files)
  return {
    title: `The stored model ${id}`,
    files: new Map(Array.from(blobs, ([path, { size }]) => [path, size])),
    changed: changesOf(blobs),
    async open(path) {
      const blob = blobs.get(path)
      if (blob === undefined)
        throw new WeightsError(path, `The stored model ${id} has no file ${path}.`, 'model-missing')
      return blobSource(path, blob, 'Resume its download to fetch what is missing.')
    },
  }
}
