import { causalConv3d, type ConvWeight } from '../../gpu/kernels/causal_conv3d'
import type { Ops } from '../../gpu/ops'
import { causalConv, START, type CausalState, type Frame } from './causal-conv'
import { loadConv } from './vae-weights'
import type { WeightLoader } from './weight-loader'

export interface Upsampler {
  /** 3×1×1, one for each of the two frames that one becomes. */
  readonly timeConvs: readonly [ConvWeight, ConvWeight] | undefined
  readonly conv: ConvWeight
}

export interface Downsampler {
  readonly conv: ConvWeight
  /** 3×1×1, two frames forward at a time. */
  readonly timeConv: ConvWeight | undefined
}

/** An upsampler of C channels, whose spatial convolution has `outChannels` outputs. */
export async function loadUpsampler(
  loader: WeightLoader,
  name: string,
  C: number,
  outChannels: number,
  temporal: boolean,
): Promise<Upsampler> {
  const timeConv = (first: number): Promise<ConvWeight> =>
    loadConv(
      loader,
      { name: `${name}.time_conv`, rank: 3, first, of: 2 * C },
      { inChannels: C, outChannels: C, kernelT: 3, kernelHW: 1 },
    )
  return {
    timeConvs: temporal ? [await timeConv(0), await timeConv(C)] : undefined,
    conv: await loadConv(
      loader,
      { name: `${name}.resample.1`, rank: 2 },
      { inChannels: C, outChannels, kernelT: 1, kernelHW: 3, upsample: 2 },
    ),
  }
}

export async function loadDownsampler(
  loader: WeightLoader,
  name: string,
  C: number,
  temporal: boolean,
): Promise<Downsampler> {
  return {
    conv: await loadConv(
      loader,
      { name: `${name}.resample.1`, rank: 2 },
      { inChannels: C, outChannels: C, kernelT: 1, kernelHW: 3, stride: 2 },
    ),
    timeConv: temporal
      ? await loadConv(
          loader,
          { name: `${name}.time_conv`, rank: 3 },
          { inChannels: C, outChannels: C, kernelT: 3, kernelHW: 1 },
        )
      : undefined,
  }
}

/**
 * The first frame as it is, every later one as the two that it becomes; still at the size of `x`. The state is
 * undefined until after the first.
 */
export function doubleInTime(
  ops: Ops,
  { timeConvs }: Upsampler,
  x: Frame,
  state: CausalState | undefined,
): [Frame[], CausalState | undefined] {
  if (!timeConvs) return [[x], undefined]
  if (!state) return [[x], START]
  const first = causalConv3d(ops, timeConvs[0], state.past, x, undefined, 'vae.timeConv')
  const [second, next] = causalConv(ops, timeConvs[1], x, state, 'vae.timeConv')
  return [[first, second], next]
}

/**
 * Halves the size; from the second frame on, two frames become one, and the first of the two yields none. Takes over
 * `x` and the state; adds `residual` to the output frame; it stays the caller's.
 */
export function downsample(
  ops: Ops,
  { conv, timeConv }: Downsampler,
  x: Frame,
  { past }: CausalState,
  residual?: Frame,
): [Frame | undefined, CausalState] {
  const shrink = (added?: Frame): Frame => causalConv3d(ops, conv, [], x, added, 'vae.downsample')
  if (!timeConv) {
    const y = shrink(residual)
    ops.release(x)
    return [y, START]
  }
  // The first frame is passed on and also remembered; each use needs its own copy.
  const first = past.length === 0 ? shrink(residual) : undefined
  const seen = shrink()
  ops.release(x)
  if (past.length < 2) return [first, { past: [...past, seen] }]
  const y = causalConv3d(ops, timeConv, past, seen, residual, 'vae.timeConv')
  ops.release(...past)
  return [y, { past: [seen] }]
}
