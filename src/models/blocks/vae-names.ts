// Names of the layers that the VAEs of Wan 2.1 and 2.2 share: original and diffusers'.
import { elementCount } from '../../weights/weight-file'
import { renameBy, weightAndBias, type Rename, type Tensors } from '../../weights/names'

/** Names inside a residual block, which differ in diffusers. */
export const renameInBlock = renameBy([
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

/** Renames diffusers' names outside the levels. */
export const renameOutside: Rename = (name) => {
  const middle = MIDDLE.exec(name)
  return middle ? renameInBlock(name.replace(MIDDLE, `$1.middle.${2 * Number(middle[2])}.`)) : outside(name)
}

/** The five dimensions of a convolution that stable-diffusion.cpp stores in four, with outputs and inputs merged. */
export function joinedShape(name: string, tensors: Tensors): readonly number[] | undefined {
  const [first = 0, ...rest] = tensors.get(name)?.shape ?? []
  const rows = elementCount(tensors.get(name.replace(/weight$/, 'bias'))?.shape ?? [0])
  return rest.length === 3 && name.endsWith('.weight') && rows > 0 && first > rows && first % rows === 0
    ? [rows, first / rows, ...rest]
    : undefined
}

/** The tensors of a residual block, including its shortcut where the channels change or a part of it exists. */
function residualNames(name: string, tensors: Tensors): string[] {
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

/** The tensors of a layer of a level: a change of size where a part of it exists, otherwise a residual block. */
function layerNames(name: string, tensors: Tensors): string[] {
  const has = (part: string): boolean => weightAndBias(`${name}.${part}`).some((key) => tensors.has(key))
  if (!has('resample.1') && !has('time_conv')) return residualNames(name, tensors)
  return weightAndBias(`${name}.resample.1`, ...(has('time_conv') ? [`${name}.time_conv`] : []))
}

/** The tensors of an encoder or decoder with these layers in its levels. */
export function sideNames(
  name: 'encoder' | 'decoder',
  layers: readonly string[],
  tensors: Tensors,
): string[] {
  return [
    ...weightAndBias(`${name}.conv1`, `${name}.head.2`, `${name}.middle.1.to_qkv`, `${name}.middle.1.proj`),
    `${name}.head.0.gamma`,
    `${name}.middle.1.norm.gamma`,
    ...residualNames(`${name}.middle.0`, tensors),
    ...residualNames(`${name}.middle.2`, tensors),
    ...layers.flatMap((layer) => layerNames(layer, tensors)),
  ]
}
