import { causalConv3d, uploadConv, type ConvShape, type ConvWeight } from '../../gpu/kernels/causal_conv3d'
import { pixelShuffle } from '../../gpu/kernels/pixel_shuffle'
import { pixelUnshuffle } from '../../gpu/kernels/pixel_unshuffle'
import type { Ops } from '../../gpu/ops'
import type { Frame } from '../blocks/causal-conv'
import { releaseTree } from '../blocks/tensor-tree'
import type { WeightLoader } from '../blocks/weight-loader'
import type { Upscaler } from '../family'
import type { SrvggConfig } from './config'

/** Frames come in [-1, 1], and the network takes [0, 1]. */
const TO_UNIT = { scale: 0.5, offset: 0.5 }

function shapeOf({ features, convs, factor }: SrvggConfig, i: number): ConvShape {
  const isLast = i === convs - 1
  return {
    inChannels: i === 0 ? 3 : features,
    outChannels: isLast ? 3 * factor ** 2 : features,
    kernelT: 1,
    kernelHW: 3,
    activation: isLast ? 'none' : 'prelu',
  }
}

async function loadConvs(loader: WeightLoader, config: SrvggConfig): Promise<ConvWeight[]> {
  const convs: ConvWeight[] = []
  for (let i = 0; i < config.convs; i++) {
    const shape = shapeOf(config, i)
    const { inChannels: C, outChannels: N } = shape
    const name = `body.${2 * i}`
    const values = await loader.values(`${name}.weight`, [N, C, 3, 3])
    const bias = await loader.values(`${name}.bias`, [N])
    if (shape.activation === 'prelu') {
      const slopes = await loader.values(`body.${2 * i + 1}.weight`, [N])
      convs.push(uploadConv(loader.ops, values, Float32Array.from([...bias, ...slopes]), shape, name))
      continue
    }
    // What the last one gives is added to the frame, whose range is twice the network's.
    const double = (value: number): number => 2 * value
    convs.push(uploadConv(loader.ops, values.map(double), bias.map(double), shape, name))
  }
  return convs
}

/** [H, W, 3] → [scale H, scale W, 3]; the frame stays the caller's. */
function upscale(
  ops: Ops,
  convs: readonly ConvWeight[],
  frame: Frame,
  factor: number,
  pool: number,
  tap?: (layer: number, features: Frame) => void,
): Frame {
  let x = pixelUnshuffle(ops, frame, 1, TO_UNIT, 'upscale.pixels')
  convs.forEach((conv, i) => {
    const y = causalConv3d(ops, conv, [], x, undefined, 'upscale.conv')
    ops.release(x)
    x = y
    tap?.(i, x)
  })
  const large = pixelShuffle(ops, x, factor, 'upscale.frame', { base: frame, pool })
  ops.release(x)
  return large
}

/** Loads an upscaler. Less than its factor comes of means over its pixels. */
export async function openUpscaler(
  loader: WeightLoader,
  config: SrvggConfig,
  tap?: (layer: number, features: Frame) => void,
): Promise<Upscaler> {
  const { ops } = loader
  const { factor } = config
  const convs = await loadConvs(loader, config)
  return {
    factor,
    upscale(frame, scale) {
      const pool = factor / scale
      if (!Number.isInteger(pool))
        throw new RangeError(
          `This upscaler makes ${factor}×${factor} pixels of one; ×${scale} cannot be had of it. Choose ×${factor}.`,
        )
      return upscale(ops, convs, frame, factor, pool, tap)
    },
    release: () => releaseTree(ops, convs),
  }
}
