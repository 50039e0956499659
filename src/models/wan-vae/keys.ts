// The VAE's names: original and diffusers'. A file may have the decoder alone: text to video needs no more.
import {
  asIs,
  layersOf,
  renameBy,
  weightAndBias,
  type ModelKeys,
  type Rename,
  type Tensors,
} from '../../weights/names'
import { elementCount } from '../../weights/weight-file'

/** Names inside a residual block, which diffusers gives its own. */
const inBlock = renameBy([
  [/\.norm1\.gamma$/, '.residual.0.gamma'],
  [/\.conv1\.(weight|bias)$/, '.residual.2.$1'],
  [/\.norm2\.gamma$/, '.residual.3.gamma'],
  [/\.conv2\.(weight|bias)$/, '.residual.6.$1'],
  [/\.conv_shortcut\.(weight|bias)$/, '.shortcut.$1'],
])

const outside = renameBy([
  [/^quant_conv\./, 'conv1.'],
  [/^post_quant_conv\./, 'conv2.'],
  [/^(encoder|decoder)\.conv_in\./, '$1.conv1.'],
  [/^(encoder|decoder)\.norm_out\./, '$1.head.0.'],
  [/^(encoder|decoder)\.conv_out\./, '$1.head.2.'],
  [/^(encoder|decoder)\.mid_block\.attentions\.0\./, '$1.middle.1.'],
])

const MIDDLE = /^(encoder|decoder)\.mid_block\.resnets\.([01])\./
const DOWN = /^encoder\.down_blocks\.(\d+)\./
const UP = /^decoder\.up_blocks\.(\d+)\.(resnets|upsamplers)\.(\d+)\./

/** The original numbers all layers of the decoder through: the residual blocks of a level, then its upsampler. */
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
      return inBlock(name.replace(UP, `decoder.upsamples.${index}.`))
    }
    if (DOWN.test(name)) return inBlock(name.replace(DOWN, 'encoder.downsamples.$1.'))
    const middle = MIDDLE.exec(name)
    if (middle) return inBlock(name.replace(MIDDLE, `$1.middle.${2 * Number(middle[2])}.`))
    return outside(name)
  }
}

/** stable-diffusion.cpp writes a convolution's five dimensions as four, with outputs and inputs as one. */
function joinedShape(name: string, tensors: Tensors): readonly number[] | undefined {
  const [first = 0, ...rest] = tensors.get(name)?.shape ?? []
  const rows = elementCount(tensors.get(name.replace(/weight$/, 'bias'))?.shape ?? [0])
  return rest.length === 3 && name.endsWith('.weight') && rows > 0 && first > rows && first % rows === 0
    ? [rows, first / rows, ...rest]
    : undefined
}

function residual(name: string, tensors: Tensors): string[] {
  const weight = `${name}.residual.2.weight`
  const [outChannels, inChannels] = joinedShape(weight, tensors) ?? tensors.get(weight)?.shape ?? []
  const shortcut =
    outChannels !== inChannels ||
    tensors.has(`${name}.shortcut.weight`) ||
    tensors.has(`${name}.shortcut.bias`)
  return [
    `${name}.residual.0.gamma`,
    `${name}.residual.3.gamma`,
    ...weightAndBias(`${name}.residual.2`, `${name}.residual.6`, ...(shortcut ? [`${name}.shortcut`] : [])),
  ]
}

function layer(name: string, tensors: Tensors): string[] {
  const has = (part: string): boolean => weightAndBias(`${name}.${part}`).some((key) => tensors.has(key))
  if (!has('resample.1') && !has('time_conv')) return residual(name, tensors)
  return weightAndBias(`${name}.resample.1`, ...(has('time_conv') ? [`${name}.time_conv`] : []))
}

function side(name: 'encoder' | 'decoder', list: string, tensors: Tensors): string[] {
  return [
    ...weightAndBias(`${name}.conv1`, `${name}.head.2`, `${name}.middle.1.to_qkv`, `${name}.middle.1.proj`),
    `${name}.head.0.gamma`,
    `${name}.middle.1.norm.gamma`,
    ...residual(`${name}.middle.0`, tensors),
    ...residual(`${name}.middle.2`, tensors),
    ...layersOf(tensors, `${name}.${list}`).flatMap((each) => layer(each, tensors)),
  ]
}

export const VAE_KEYS: ModelKeys = {
  model: 'vae',
  title: "Wan 2.1's VAE",
  namings: [
    { naming: 'original', sign: 'decoder.middle.0.residual.0.gamma', rename: () => asIs },
    { naming: 'diffusers', sign: 'decoder.mid_block.resnets.0.norm1.gamma', rename: fromDiffusers },
  ],
  dropped: [],
  extras: [],
  foreign: [
    [
      /^(decoder\.upsamples\.\d+\.upsamples|encoder\.downsamples\.\d+\.(downsamples|resnets)|decoder\.upsamples\.\d+\.avg_shortcut)\./,
      'is the VAE of Wan 2.2',
    ],
  ],
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
