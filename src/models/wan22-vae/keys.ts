// The names of Wan 2.2's VAE: original (ComfyUI's too) and diffusers'. A file may have the decoder alone.
import { asIs, layersOf, weightAndBias, type ModelKeys, type Rename, type Tensors } from '../../weights/names'
import { elementCount } from '../../weights/weight-file'
import { joinedShape, renameInBlock, renameOutside, sideNames } from '../blocks/vae-names'

const LAYER = /^(encoder|decoder)\.(?:down|up)_blocks\.(\d+)\.(?:resnets\.(\d+)|downsampler|upsampler)\./

const LISTS = { encoder: 'downsamples', decoder: 'upsamples' } as const

/** The original numbers the layers of a group consecutively: its residual blocks, then the change of size. */
function fromDiffusers(tensors: Tensors): Rename {
  const blocks = { encoder: 0, decoder: 0 }
  for (const name of tensors.keys()) {
    const [, side, , index] = LAYER.exec(name) ?? []
    if (index !== undefined && (side === 'encoder' || side === 'decoder'))
      blocks[side] = Math.max(blocks[side], Number(index) + 1)
  }
  return (name) => {
    const [found, side, group, index] = LAYER.exec(name) ?? []
    if (found === undefined || (side !== 'encoder' && side !== 'decoder')) return renameOutside(name)
    const list = LISTS[side]
    return renameInBlock(
      `${side}.${list}.${group}.${list}.${index ?? blocks[side]}.${name.slice(found.length)}`,
    )
  }
}

function side(name: 'encoder' | 'decoder', tensors: Tensors): string[] {
  const list = LISTS[name]
  const layers = layersOf(tensors, `${name}.${list}`).flatMap((group) =>
    layersOf(tensors, `${group}.${list}`),
  )
  return sideNames(name, layers, tensors)
}

export const VAE22_KEYS: ModelKeys = {
  model: 'vae',
  title: "Wan 2.2's VAE",
  namings: [
    { naming: 'original', sign: 'decoder.upsamples.0.upsamples.0.residual.0.gamma', rename: () => asIs },
    { naming: 'diffusers', sign: 'decoder.up_blocks.0.upsampler.resample.1.weight', rename: fromDiffusers },
  ],
  dropped: [],
  extras: [],
  foreign: [],
  expected(tensors) {
    const encoder = [...tensors.keys()].some((name) => name.startsWith('encoder.'))
    return [
      ...weightAndBias('conv2'),
      ...side('decoder', tensors),
      ...(encoder ? [...weightAndBias('conv1'), ...side('encoder', tensors)] : []),
    ]
  },
  shape(name, tensors) {
    if (!name.endsWith('.gamma')) return joinedShape(name, tensors)
    // GGUF omits dimensions of one.
    const found = tensors.get(name)?.shape ?? []
    const rank = name.endsWith('.norm.gamma') ? 3 : 4
    return found.length === rank
      ? undefined
      : [elementCount(found), ...Array.from({ length: rank - 1 }, () => 1)]
  },
}
