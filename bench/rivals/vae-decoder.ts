// The VAE's decoder as one graph over the whole clip, like an export of it: Conv3D with padding before the first
// frame, without state.
import type { GraphWeight } from '../../src/models/umt5/onnx-model'
import { decoderLevels } from '../../src/models/wan-vae/config'
import type { Storage } from '../../src/gpu/device'
import type { VaeConfig } from '../../src/models/wan-vae/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { floatWeight } from '../ort'
import { GraphBuilder } from './graph-builder'

/** Latent frames, height, width. */
type Size = readonly [T: number, H: number, W: number]

const QKV = ['q', 'k', 'v'] as const

/** The decoder's weights under the checkpoint's names; gammas times √C, for the norm. */
export async function decoderGraphWeights(
  file: WeightFile,
  { dim, dimMult, zDim, mean, std }: VaeConfig,
  storage: Storage,
): Promise<GraphWeight[]> {
  const weights: GraphWeight[] = []
  const float = (name: string, values: Float32Array, ...shape: number[]): void =>
    void weights.push(floatWeight(name, new Float32Array(values), shape, storage))
  for (const { name, shape } of file.tensors.values()) {
    if (!name.startsWith('decoder.') && !name.startsWith('conv2.')) continue
    const values = await file.floats(name)
    const C = shape[0]!
    if (name.endsWith('gamma'))
      float(
        name,
        values.map((gamma) => gamma * Math.sqrt(C)),
        C,
        1,
        1,
        1,
      )
    else if (name.includes('to_qkv')) {
      const part = values.length / 3
      QKV.forEach((which, i) =>
        float(
          name.replace('to_qkv', which),
          values.slice(i * part, (i + 1) * part),
          C / 3,
          ...shape.slice(1),
        ),
      )
    } else float(name, values, ...shape)
  }
  float('mean', Float32Array.from(mean), zDim, 1, 1, 1)
  float('std', Float32Array.from(std), zDim, 1, 1, 1)
  float('scale', Float32Array.of(1 / Math.sqrt(dim * dimMult.at(-1)!)), 1)
  return weights
}

/** From normalised latents `x` [1, zDim, T, H, W] to the clip `y` [1, 3, F, 8H, 8W]. */
export function decoderGraph(config: VaeConfig, size: Size) {
  const graph = new GraphBuilder()
  const convolve = (x: string, name: string, kernel: readonly number[], pads: readonly number[]): string =>
    graph.add('Conv', [x, `${name}.weight`, `${name}.bias`], { kernel_shape: kernel, pads })
  const conv3d = (x: string, name: string): string => convolve(x, name, [3, 3, 3], [2, 1, 1, 0, 1, 1])
  const pointwise3d = (x: string, name: string): string => convolve(x, name, [1, 1, 1], [0, 0, 0, 0, 0, 0])
  const norm = (x: string, name: string): string => {
    const squares = graph.add('ReduceSum', [graph.add('Mul', [x, x]), graph.ints(1)], { keepdims: 1 })
    return graph.add('Mul', [graph.add('Div', [x, graph.add('Sqrt', [squares])]), `${name}.gamma`])
  }
  const silu = (x: string): string => graph.add('Mul', [x, graph.add('Sigmoid', [x])])
  const residualBlock = (x: string, name: string, changes: boolean): string => {
    const h = conv3d(silu(norm(x, `${name}.residual.0`)), `${name}.residual.2`)
    const shortcut = changes ? pointwise3d(x, `${name}.shortcut`) : x
    return graph.add('Add', [conv3d(silu(norm(h, `${name}.residual.3`)), `${name}.residual.6`), shortcut])
  }
  const perFrame = (x: string, C: number, [T, H, W]: Size): string =>
    graph.reshape(graph.transpose(x, 0, 2, 1, 3, 4), T, C, H, W)
  const asClip = (x: string, C: number, [T, H, W]: Size): string =>
    graph.transpose(graph.reshape(x, 1, T, C, H, W), 0, 2, 1, 3, 4)

  const attentionBlock = (x: string, name: string, C: number, size: Size): string => {
    const [T, H, W] = size
    const normed = perFrame(norm(x, `${name}.norm`), C, size)
    const [q, k, v] = QKV.map((part) =>
      graph.reshape(convolve(normed, `${name}.${part}`, [1, 1], [0, 0, 0, 0]), T, C, H * W),
    ) as [string, string, string]
    const scores = graph.add('MatMul', [graph.add('Mul', [graph.transpose(q, 0, 2, 1), 'scale']), k])
    const weights = graph.add('Softmax', [scores], { axis: -1 })
    const mixed = graph.reshape(graph.add('MatMul', [v, graph.transpose(weights, 0, 2, 1)]), T, C, H, W)
    return graph.add('Add', [x, asClip(convolve(mixed, `${name}.proj`, [1, 1], [0, 0, 0, 0]), C, size)])
  }
  /** Every frame but the first becomes two. */
  const doubleInTime = (x: string, name: string, C: number, [T, H, W]: Size): string => {
    const frames = (from: number, to: number): string =>
      graph.add('Slice', [x, graph.ints(from), graph.ints(to), graph.ints(2)])
    const pairs = graph.reshape(
      convolve(frames(1, T), `${name}.time_conv`, [3, 1, 1], [2, 0, 0, 0, 0, 0]),
      2,
      C,
      T - 1,
      H * W,
    )
    return graph.add(
      'Concat',
      [frames(0, 1), graph.reshape(graph.transpose(pairs, 1, 2, 0, 3), 1, C, 2 * (T - 1), H, W)],
      { axis: 2 },
    )
  }
  const doubleInSpace = (x: string, name: string, C: number, [T, H, W]: Size): string => {
    const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    const large = graph.add(
      'Resize',
      [perFrame(x, C, [T, H, W]), '', '', graph.ints(T, C, 2 * H, 2 * W)],
      nearest,
    )
    return asClip(convolve(large, `${name}.resample.1`, [3, 3], [1, 1, 1, 1]), C / 2, [T, 2 * H, 2 * W])
  }

  const levels = decoderLevels(config)
  const first = levels[0]!.channels
  let [T, H, W] = size
  let x = graph.add('Add', [graph.add('Mul', ['x', 'std']), 'mean'])
  x = conv3d(pointwise3d(x, 'conv2'), 'decoder.conv1')
  x = residualBlock(x, 'decoder.middle.0', false)
  x = attentionBlock(x, 'decoder.middle.1', first, [T, H, W])
  x = residualBlock(x, 'decoder.middle.2', false)
  let index = 0
  for (const { blocks, channels, resample } of levels) {
    for (const { inChannels, outChannels } of blocks)
      x = residualBlock(x, `decoder.upsamples.${index++}`, inChannels !== outChannels)
    if (!resample) continue
    const name = `decoder.upsamples.${index++}`
    if (resample === 'space-time' && T > 1) {
      x = doubleInTime(x, name, channels, [T, H, W])
      T = 1 + 2 * (T - 1)
    }
    x = doubleInSpace(x, name, channels, [T, H, W])
    ;[H, W] = [2 * H, 2 * W]
  }
  x = conv3d(silu(norm(x, 'decoder.head.0')), 'decoder.head.2')
  return { ...graph.finish(x), shape: [1, 3, T, H, W] as const }
}
