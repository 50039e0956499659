import { WRITER } from '../../../../src/catalogue/writers'
import type { ModelLibrary } from '../../../../src/ui/library/model-library'
import { createPictures } from '../../../../src/ui/studio/pictures'

/** Parts of a studio that a test does not look at: nothing is kept, and no prompt is written. */
export const idleParts = () => ({
  library: {} as ModelLibrary,
  entries: [],
  storage: undefined,
  pictures: createPictures(undefined),
  writer: { entry: WRITER, canWrite: async () => false, write: async () => '', stop: () => undefined },
  page: 'https://zoetrope.test/',
})
