// A file system of which a call fails where the plan has it.
import { NoRoom, type OpenFile, type StoreFiles } from '../../src/storage/files'
import type { FaultPlan } from './plan'

/** The disk is full at points called "write", "truncate" and "open"; a write has then written a part. */
export function fullAt(files: StoreFiles, plan: FaultPlan): StoreFiles {
  const opened = (file: OpenFile): OpenFile => ({
    ...file,
    write(offset, bytes) {
      if (!plan.reach('write')) return file.write(offset, bytes)
      file.write(offset, bytes.slice(0, bytes.length >> 1))
      throw new NoRoom('The disk is full.')
    },
    truncate(size) {
      if (plan.reach('truncate')) throw new NoRoom('The disk is full.')
      file.truncate(size)
    },
  })
  return {
    ...files,
    snapshot: (path) => files.snapshot(path),
    names: (folder) => files.names(folder),
    remove: (path) => files.remove(path),
    async open(path) {
      if (plan.reach('open')) throw new NoRoom('The disk is full.')
      return opened(await files.open(path))
    },
  }
}
