// The VAE's names: original and diffusers'. A file may contain the decoder alone, which is enough for text to video.
import { asIs, layersOf, weightAndBias, type ModelKeys, type Rename, type Tensors } from '../../weights/names'
import { joinedShape, renameInBlock, renameOutside, sideNames } from '../blocks/vae-names'

const DOWN = /^encoder\.down_blocks\.(\d+)\./
const UP = /^decoder\.up_blocks\.(\d+)\.(resnets|upsamplers)\.(\d+)\./

/** The original numbers all layers of the decoder consecutively: the residual blocks of a level, then its upsampler. */
function fromDiffusers(tensors: Tensors): Rename {
  let blocks = 0
  for (const name of tensors.keys()) {
    const match = UP.exec(name)
    if (match?.[2] === 'resnets') blocks = Math.max(blocks, Number(match[3]) + 1)
  }
  return (name) => {
    const up = UP.exec(name)
    if (up) {
      const index = Number(up[1]) * (blocks + 1) + (up[2] === 'resnets' ? Number(up[3]) : blocks)
      return renameInBlock(name.replace(UP, `decoder.upsamples.${index}.`))
    }
    if (DOWN.test(name)) return renameInBlock(name.replace(DOWN, 'encoder.downsamples.$1.'))
    return renameOutside(name)
  }
}

function side(name: 'encoder' | 'decoder', list: string, tensors: Tensors): string[] {
  return sideNames(name, layersOf(tensors, `${name}.${list}`), tensors)
}

export const VAE_KEYS: ModelKeys = {
  model: 'vae',
  title: "Wan 2.1's VAE",
  namings: [
    { naming: 'original', sign: 'decoder.upsamples.0.residual.0.gamma', rename: () => asIs },
    {
      naming: 'diffusers',
      sign: 'decoder.up_blocks.0.upsamplers.0.resample.1.weight',
      rename: fromDiffusers,
    },
  ],
  dropped: [],
  extras: [],
  foreign: [],
  expected(tensors) {
    const encoder = [...tensors.keys()].some((name) => name.startsWith('encoder.'))
    return [
      ...weightAndBias('conv2'),
      ...side('decoder', 'upsamples', tensors),
      ...(encoder ? [...weightAndBias('conv1'), ...side('encoder', 'downsamples', tensors)] : []),
    ]
  },
  shape: joinedShape,
}
