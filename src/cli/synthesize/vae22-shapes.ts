import { decoderGroups, encoderGroups, type Vae22Config } from '../../models/wan22-vae/config'
import { vaeLayers, type Shapes } from './shapes'

/** Encoder and decoder of Wan 2.2's VAE, in the order of its original names. */
export function vae22Shapes(config: Vae22Config): Shapes {
  const { dim, zDim, patchSize } = config
  const shapes: Shapes = new Map()
  const { conv, residual, middle, head } = vaeLayers(shapes)
  const pixels = 3 * patchSize ** 2
  const [down, up] = [encoderGroups(config), decoderGroups(config)]
  const groups = (name: string, list: string, timeChannels: number, all: typeof down): void => {
    for (const [i, { blocks, channels: C, resample }] of all.entries()) {
      const group = `${name}.${list}.${i}.${list}`
      for (const [j, { inChannels, outChannels }] of blocks.entries())
        residual(`${group}.${j}`, inChannels, outChannels)
      if (!resample) continue
      conv(`${group}.${blocks.length}.resample.1`, C, C, 3, 3)
      if (resample.time > 1) conv(`${group}.${blocks.length}.time_conv`, timeChannels * C, C, 3, 1, 1)
    }
  }
  const [narrow, wide] = [down.at(-1)!.channels, up[0]!.channels]
  conv('encoder.conv1', dim, pixels, 3, 3, 3)
  groups('encoder', 'downsamples', 1, down)
  middle('encoder', narrow)
  head('encoder', narrow, 2 * zDim)
  conv('conv1', 2 * zDim, 2 * zDim, 1, 1, 1)
  conv('conv2', zDim, zDim, 1, 1, 1)
  conv('decoder.conv1', wide, zDim, 3, 3, 3)
  middle('decoder', wide)
  groups('decoder', 'upsamples', 2, up)
  head('decoder', up.at(-1)!.channels, pixels)
  return shapes
}
