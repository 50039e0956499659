import { attention } from '../../gpu/kernels/attention'
import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import { channelRmsNorm } from '../../gpu/kernels/channel_rms_norm'
import type { Ops } from '../../gpu/ops'
import { dim, reshape } from '../../gpu/tensor'
import { causalConv, START, type CausalState, type Frame } from './causal-conv'
import type { AttentionBlock, Head, Middle, ResidualBlock } from './vae-weights'

// Every function takes over the given frames and state, and returns new ones.

export interface ResidualState {
  readonly conv1: CausalState
  readonly conv2: CausalState
}

const RESIDUAL_START: ResidualState = { conv1: START, conv2: START }

export interface ResidualOptions {
  /** Whether `x` stays the caller's. */
  readonly keepsInput?: boolean
}

function residualBlock(
  ops: Ops,
  w: ResidualBlock,
  x: Frame,
  state: ResidualState,
  { keepsInput = false }: ResidualOptions = {},
): [Frame, ResidualState] {
  const [h, conv1] = causalConv(
    ops,
    w.conv1,
    channelRmsNorm(ops, x, w.norm1, { silu: true }, 'vae.norm1'),
    state.conv1,
    'vae.conv1',
  )
  const normed = channelRmsNorm(ops, h, w.norm2, { silu: true }, 'vae.norm2')
  ops.release(h)
  const shortcut = w.shortcut ? causalConv3d(ops, w.shortcut, [], x, undefined, 'vae.shortcut') : x
  if (shortcut !== x && !keepsInput) ops.release(x)
  const [y, conv2] = causalConv(ops, w.conv2, normed, state.conv2, 'vae.conv2', shortcut)
  if (shortcut !== x || !keepsInput) ops.release(shortcut)
  return [y, { conv1, conv2 }]
}

export function residualBlocks(
  ops: Ops,
  blocks: readonly ResidualBlock[],
  x: Frame,
  states: readonly ResidualState[],
  { keepsInput = false }: ResidualOptions = {},
): [Frame, ResidualState[]] {
  const next: ResidualState[] = []
  blocks.forEach((w, i) => {
    const [y, state] = residualBlock(ops, w, x, states[i] ?? RESIDUAL_START, {
      keepsInput: keepsInput && i === 0,
    })
    x = y
    next.push(state)
  })
  return [x, next]
}

/** Attention among the positions of one frame. */
function attentionBlock(ops: Ops, w: AttentionBlock, x: Frame): Frame {
  const [H, W, C] = [dim(x, 0), dim(x, 1), dim(x, 2)]
  const normed = channelRmsNorm(ops, x, w.norm, { silu: false }, 'vae.attention.norm')
  const [q, k, v] = [w.q, w.k, w.v].map((part) =>
    reshape(causalConv3d(ops, part, [], normed, undefined, 'vae.attention.qkv'), [H * W, C]),
  ) as [Frame, Frame, Frame]
  ops.release(normed)
  const mixed = attention(ops, q, k, v, { numHeads: 1 }, 'vae.attention')
  ops.release(q, k, v)
  const y = causalConv3d(ops, w.proj, [], reshape(mixed, [H, W, C]), x, 'vae.attention.proj')
  ops.release(mixed, x)
  return y
}

export type MiddleState = readonly [ResidualState, ResidualState]

export const MIDDLE_START: MiddleState = [RESIDUAL_START, RESIDUAL_START]

export function middle(
  ops: Ops,
  [before, between, after]: Middle,
  x: Frame,
  state: MiddleState,
): [Frame, MiddleState] {
  const [h, first] = residualBlock(ops, before, x, state[0])
  const [y, second] = residualBlock(ops, after, attentionBlock(ops, between, h), state[1])
  return [y, [first, second]]
}

export function head(ops: Ops, w: Head, x: Frame, state: CausalState): [Frame, CausalState] {
  const normed = channelRmsNorm(ops, x, w.norm, { silu: true }, 'vae.head.norm')
  ops.release(x)
  return causalConv(ops, w.conv, normed, state, 'vae.head')
}
