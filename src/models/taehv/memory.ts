import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import { depthwiseConv } from '../../gpu/kernels/depthwise_conv'
import type { Ops } from '../../gpu/ops'
import type { Frame } from '../blocks/causal-conv'
import type { Memory } from './weights'

/** The previous frame's inputs to the blocks of a level; undefined at the start of a clip. */
export type MemoryState = readonly Frame[]

function change(ops: Ops, w: Memory, x: Frame, past: Frame | undefined): Frame {
  if (w.kind === 'depthwise') {
    const filtered = depthwiseConv(ops, w.filter, x, past, 'tiny.filter')
    const wide = causalConv3d(ops, w.widen, [], filtered, undefined, 'tiny.widen')
    ops.release(filtered)
    const y = causalConv3d(ops, w.narrow, [], wide, x, 'tiny.narrow')
    ops.release(wide)
    return y
  }
  const [first, second, third] = w.convs
  const a = causalConv3d(ops, first, past ? [past] : [], x, undefined, 'tiny.memory')
  const b = causalConv3d(ops, second, [], a, undefined, 'tiny.memory')
  ops.release(a)
  const y = causalConv3d(ops, third, [], b, x, 'tiny.memory')
  ops.release(b)
  return y
}

/** A frame through the blocks of a level. Takes over `x` and `state`. */
export function remember(
  ops: Ops,
  blocks: readonly Memory[],
  x: Frame,
  state: MemoryState,
  tap?: (block: number, frame: Frame) => void,
): [Frame, MemoryState] {
  const next: Frame[] = []
  blocks.forEach((w, i) => {
    const past = state[i]
    const y = change(ops, w, x, past)
    if (past) ops.release(past)
    next.push(x)
    x = y
    tap?.(i, y)
  })
  return [x, next]
}
