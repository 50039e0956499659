import type { VaeConfig } from '../../src/weights/manifest'

/** Names and shapes of a Wan-VAE checkpoint, original keys: decoder and encoder. */
export function vaeShapes({ dim, zDim, dimMult, numResBlocks, temporalDownsample }: VaeConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  const conv = (name: string, N: number, C: number, ...kernel: number[]): void => {
    shapes.set(`${name}.weight`, [N, C, ...kernel]).set(`${name}.bias`, [N])
  }
  const residual = (name: string, C: number, N: number): void => {
    shapes.set(`${name}.residual.0.gamma`, [C, 1, 1, 1])
    conv(`${name}.residual.2`, N, C, 3, 3, 3)
    shapes.set(`${name}.residual.3.gamma`, [N, 1, 1, 1])
    conv(`${name}.residual.6`, N, N, 3, 3, 3)
    if (C !== N) conv(`${name}.shortcut`, N, C, 1, 1, 1)
  }
  const ends = (name: string, C: number, N: number): void => {
    residual(`${name}.middle.0`, C, C)
    shapes.set(`${name}.middle.1.norm.gamma`, [C, 1, 1])
    conv(`${name}.middle.1.to_qkv`, 3 * C, C, 1, 1)
    conv(`${name}.middle.1.proj`, C, C, 1, 1)
    residual(`${name}.middle.2`, C, C)
    const headChannels = N === 3 ? dim : C
    shapes.set(`${name}.head.0.gamma`, [headChannels, 1, 1, 1])
    conv(`${name}.head.2`, N, headChannels, 3, 3, 3)
  }
  const widths = dimMult.map((mult) => mult * dim)
  const widest = widths.at(-1)!

  conv('encoder.conv1', dim, 3, 3, 3, 3)
  for (let level = 0, layer = 0, C = dim; level < widths.length; level++) {
    for (let i = 0; i < numResBlocks; i++, C = widths[level]!) residual(`encoder.downsamples.${layer++}`, C, widths[level]!)
    if (level === widths.length - 1) continue
    conv(`encoder.downsamples.${layer}.resample.1`, C, C, 3, 3)
    if (temporalDownsample[level]) conv(`encoder.downsamples.${layer}.time_conv`, C, C, 3, 1, 1)
    layer++
  }
  ends('encoder', widest, 2 * zDim)
  conv('conv1', 2 * zDim, 2 * zDim, 1, 1, 1)
  conv('conv2', zDim, zDim, 1, 1, 1)
  conv('decoder.conv1', widest, zDim, 3, 3, 3)
  for (let level = widths.length - 1, layer = 0, C = widest; level >= 0; level--) {
    for (let i = 0; i <= numResBlocks; i++, C = widths[level]!) residual(`decoder.upsamples.${layer++}`, C, widths[level]!)
    if (level === 0) continue
    conv(`decoder.upsamples.${layer}.resample.1`, C / 2, C, 3, 3)
    if (temporalDownsample[level - 1]) conv(`decoder.upsamples.${layer}.time_conv`, 2 * C, C, 3, 1, 1)
    layer++
    C /= 2
  }
  ends('decoder', widest, 3)
  return shapes
}
