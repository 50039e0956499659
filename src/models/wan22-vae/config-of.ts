import { WeightsError } from '../../weights/error'
import { layersOf } from '../../weights/names'
import { requireTensor, showShape, type WeightFile } from '../../weights/weight-file'
import { WAN22_VAE, type Vae22Config } from './config'

/** The sizes of a convolution's weight. */
function convShape(file: WeightFile, name: string): readonly number[] {
  const { shape } = requireTensor(file, `${name}.weight`)
  if (shape.length === 5) return shape
  throw new WeightsError(
    file.name,
    `${file.name}: tensor ${name}.weight has the shape ${showShape(shape)} and must have 5 dimensions. The file belongs to another model.`,
  )
}

/** Whether the file, under the original names, is a VAE of Wan 2.2's architecture. */
export function isVae22(file: WeightFile): boolean {
  return file.tensors.has('decoder.upsamples.0.upsamples.0.residual.2.weight')
}

/**
 * Derives the config of a VAE of Wan 2.2's architecture from the shapes of its tensors, under the original names.
 * @throws WeightsError
 */
export function vae22ConfigOf(file: WeightFile): Vae22Config {
  const [zDim = 0] = convShape(file, 'conv2')
  if (zDim !== WAN22_VAE.zDim)
    throw new WeightsError(
      file.name,
      `${file.name} has latents of ${zDim} channels, and Wan 2.2's VAE has ${WAN22_VAE.zDim}. Choose wan2.2_vae.safetensors, or the file of another model.`,
    )
  const [pixels = 0] = convShape(file, 'decoder.head.2')
  const groups = layersOf(file.tensors, 'decoder.upsamples')
  const layers = groups.map((group) => layersOf(file.tensors, `${group}.upsamples`))
  const widths = groups.map((group) => convShape(file, `${group}.upsamples.0.residual.2`)[0] ?? 0)
  const temporal = layers.slice(0, -1).map((own) => file.tensors.has(`${own.at(-1) ?? ''}.time_conv.weight`))
  const decoderDim = widths.at(-1) ?? 0
  const dim = file.tensors.has('encoder.conv1.weight')
    ? (convShape(file, 'encoder.conv1')[0] ?? 0)
    : WAN22_VAE.dim
  return {
    dim,
    decoderDim,
    zDim,
    dimMult: widths.map((width) => width / decoderDim).reverse(),
    numResBlocks: (layers.at(-1)?.length ?? 0) - 1,
    temporalDownsample: temporal.reverse(),
    patchSize: Math.sqrt(pixels / 3),
    mean: WAN22_VAE.mean,
    std: WAN22_VAE.std,
  }
}
