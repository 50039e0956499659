// A VACE module laid over the video transformer that it was trained beside: together they are a VACE model.
import { hasSideBlocks } from '../../models/wan-dit/vace-config'
import { WeightsError } from '../../weights/error'
import { viewFiles, type ViewedTensor } from '../../weights/file-view'
import { shapeOf, type WeightFile } from '../../weights/weight-file'
import type { WanFile } from './key-maps'

/** A file that holds a part of a model. */
interface Part {
  readonly path: string
  readonly wan: WanFile
}

function viewed(file: WeightFile): [string, ViewedTensor][] {
  return [...file.tensors.keys()].map((tensor) => [tensor, { file, tensor }])
}

/** @throws WeightsError where the module is of another size, or the transformer has side blocks of its own */
export function withVaceModule<P extends Part>(
  dit: P,
  module: Part | undefined,
): P & { readonly module?: string } {
  if (!module) return dit
  const [own, side] = [dit.wan.file, module.wan.file]
  if (hasSideBlocks(own))
    throw new WeightsError(
      module.path,
      `${dit.path} is a VACE model already, and ${module.path} is a VACE module: one of them is too many. Choose one, or take the other out.`,
    )
  const [width = 0] = shapeOf(own, 'patch_embedding.weight', 5)
  const [needed = 0] = shapeOf(side, 'vace_patch_embedding.weight', 5)
  if (width !== needed)
    throw new WeightsError(
      module.path,
      `${module.path} is a VACE module for a model ${needed} wide, and ${dit.path} is ${width} wide. Choose a module and a model of one size.`,
    )
  const file = viewFiles(own.name, own.metadata, new Map([...viewed(own), ...viewed(side)]))
  return {
    ...dit,
    module: module.path,
    wan: {
      ...dit.wan,
      file,
      dropped: [...dit.wan.dropped, ...module.wan.dropped],
      unexpected: [...dit.wan.unexpected, ...module.wan.unexpected],
    },
  }
}
