import { WeightsError } from '../../weights/error'
import { layersOf } from '../../weights/names'
import type { CheckedJson } from '../../weights/sources/checked-json'
import { shapeOf, type WeightFile } from '../../weights/weight-file'

/** The numbers of VACE's side blocks. */
export interface VaceConfig {
  /** The block to which each side block's hint is added, rising; the first is 0. */
  readonly layers: readonly number[]
  /** Channels of the control. */
  readonly inDim: number
}

/** Reads the numbers of a manifest. @throws WeightsError */
export function parseVaceConfig(at: CheckedJson, numLayers: number): VaceConfig {
  const items = at.get('layers').items()
  const layers = items.map((item) => item.integer(0, numLayers - 1))
  const wrong = layers.findIndex((layer, i) => (i === 0 ? layer !== 0 : layer <= layers[i - 1]!))
  if (layers.length === 0 || wrong >= 0)
    throw (items[wrong] ?? at.get('layers')).error('a block after the one before; the first is 0')
  return { layers, ...at.dims(['inDim']) }
}

/** Whether a file has VACE's side blocks. */
export function hasSideBlocks({ tensors }: WeightFile): boolean {
  return tensors.has('vace_patch_embedding.weight')
}

/** The numbers that the shapes of the tensors give; undefined where there are no side blocks. @throws WeightsError */
export function vaceConfigOf(file: WeightFile, numLayers: number): VaceConfig | undefined {
  if (!hasSideBlocks(file)) return undefined
  const [, inDim = 0] = shapeOf(file, 'vace_patch_embedding.weight', 5)
  const count = layersOf(file.tensors, 'vace_blocks').length
  const spacing = numLayers / count
  if (!Number.isInteger(spacing))
    throw new WeightsError(
      file.name,
      `${file.name} has ${count} VACE blocks for ${numLayers} blocks, which they do not divide evenly. Choose a VACE file, or a VACE module, of this model's size.`,
    )
  return { layers: Array.from({ length: count }, (_, n) => n * spacing), inDim }
}
