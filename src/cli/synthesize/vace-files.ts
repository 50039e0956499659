// VACE's weights as published: in one file of two types, or as a module to be laid over text to video.
import { safetensorsFile } from './layouts'
import type { PlannedFile } from './planned-file'
import type { Shapes } from './shapes'

const isSide = (original: string): boolean => original.startsWith('vace_')

function part(shapes: Shapes, side: boolean): Shapes {
  return new Map([...shapes].filter(([original]) => isSide(original) === side))
}

/** The official file: the side blocks in BF16, everything else in F32. */
export function mixedVaceFile(
  name: string,
  shapes: Shapes,
  rename: (original: string) => string,
): PlannedFile {
  return safetensorsFile(name, shapes, rename, (original) => (isSide(original) ? 'BF16' : 'F32'))
}

/** Text to video, and the module beside it in BF16. */
export function vaceModuleFiles(
  names: { readonly base: string; readonly module: string },
  shapes: Shapes,
  rename: (original: string) => string,
): PlannedFile[] {
  return [
    safetensorsFile(names.base, part(shapes, false), rename),
    safetensorsFile(names.module, part(shapes, true), rename, () => 'BF16'),
  ]
}
