import { causalConv3d, uploadConv } from '../kernels/causal_conv3d'
import type { Ops } from '../ops'
import type { ConvolutionTask } from './workload'
import { Noise } from './noise'
import { portion, samples, type Trial } from './trial'

/**
 * A frame [H', W', N] of a causal convolution over [H, W, C] and the frames before it; the weight is [N, C, kernelT,
 * k, k].
 */
export function convolutionTrial(
  ops: Ops,
  { layer: shape, size: { height, width: W, past } }: ConvolutionTask,
  flops: number,
): Trial {
  const { inChannels: C, outChannels: N, kernelT, kernelHW: size, stride, upsample } = shape
  const outW = Math.floor((W * upsample) / stride)
  const rowFlops = (2 * (past + 1) * size ** 2 * C * N * outW * upsample) / stride // FLOP of a row of the input
  const H = portion(height, flops / rowFlops, 8)
  const outH = Math.floor((H * upsample) / stride)
  const clip = Array.from({ length: past + 1 }, (_, frame) => new Noise(2003 * frame))
  const inputs = clip.map((noise, frame) => noise.tensor(ops, [H, W, C], ops.storage, `trial.x${frame}`))
  const [weight, bias] = [new Noise(3001), new Noise(7001)]
  const w = uploadConv(ops, weight.floats(N * C * kernelT * size ** 2), bias.floats(N), shape, 'trial.w')
  const pad = stride === 1 ? (size - 1) / 2 : 0

  const element = (y: number, x: number, n: number): number => {
    let sum = bias.at(n)
    clip.forEach((noise, i) => {
      const frame = kernelT - clip.length + i
      for (let tap = 0; tap < size ** 2; tap++) {
        const [fromY, fromX] = [y * stride + Math.floor(tap / size) - pad, x * stride + (tap % size) - pad]
        if (fromY < 0 || fromX < 0 || fromY >= H * upsample || fromX >= W * upsample) continue
        const pixel = Math.floor(fromY / upsample) * W + Math.floor(fromX / upsample)
        for (let c = 0; c < C; c++)
          sum += noise.at(pixel * C + c) * weight.at(((n * C + c) * kernelT + frame) * size ** 2 + tap)
      }
    })
    return sum
  }
  return {
    flops: rowFlops * H,
    inputs: [...inputs, w.weight, w.bias],
    run: (each) => causalConv3d(each, w, inputs.slice(0, -1), inputs.at(-1)!, undefined, 'trial.y'),
    expected() {
      const found = new Map<number, number>()
      for (const y of samples(outH, 4))
        for (const x of samples(outW, 4))
          for (const n of samples(N, 4)) found.set((y * outW + x) * N + n, element(y, x, n))
      return found
    },
  }
}
