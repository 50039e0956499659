import type { WeightFormat } from '../../weights/quant/pack'
import type { Call } from '../kernel'
import type { ConvShape } from '../kernels/causal_conv3d'
import type { Ops } from '../ops'
import type { Family } from '../variants'

interface TaskOf<F extends Family, Layer, Size> {
  readonly family: F
  /** What the model decides. */
  readonly layer: Layer
  /** What the clip decides: a trial may take less. */
  readonly size: Size
}

/** y = x·wᵀ for `tokens` rows of x. */
export type LinearTask = TaskOf<
  'linear',
  { readonly rows: number; readonly cols: number; readonly format: WeightFormat },
  { readonly tokens: number }
>
export type AttentionTask = TaskOf<
  'attention',
  { readonly numHeads: number; readonly headDim: number },
  { readonly queries: number; readonly keys: number }
>
/** `height` and `width` of the input, and how many frames before it there are. */
export type ConvolutionTask = TaskOf<
  'convolution',
  Required<ConvShape>,
  { readonly height: number; readonly width: number; readonly past: number }
>
/** A norm of `rows` rows. */
export type NormsTask = TaskOf<'norms', { readonly dim: number }, { readonly rows: number }>

/** A call of a kernel, by which the loops of its family are compared. */
export type Task = LinearTask | AttentionTask | ConvolutionTask | NormsTask

type Params = Readonly<Record<string, number>>

/** What a call is to its family: each has a loop, which its kernels import by a name of their own. */
const TASKS: Readonly<Record<string, (params: Params, imports: Readonly<Record<string, string>>) => Task>> = {
  linear_tile: ({ tokens, rows, cols }, { weight }) => ({
    family: 'linear',
    layer: { rows: rows!, cols: cols!, format: weight!.replace('weight_', '') as WeightFormat },
    size: { tokens: tokens! },
  }),
  attention_loop: ({ dim, head_dim, queries, keys }) => ({
    family: 'attention',
    layer: { numHeads: dim! / head_dim!, headDim: head_dim! },
    size: { queries: queries!, keys: keys! },
  }),
  conv_loop: (p) => ({
    family: 'convolution',
    layer: {
      inChannels: p['in_channels']!,
      outChannels: p['out_channels']!,
      frames: p['frames'] as 1 | 3,
      kernel: p['kernel'] as 1 | 3,
      stride: p['stride'] as 1 | 2,
      upsample: (p['upsample']! + 1) as 1 | 2,
    },
    size: { height: p['in_height']!, width: p['in_width']!, past: p['frames']! - 1 - p['first_frame']! },
  }),
  row_sum: ({ rows, dim }) => ({ family: 'norms', layer: { dim: dim! }, size: { rows: rows! } }),
}

/** The same for every clip of a model. */
export function layerKey({ family, layer }: Task): string {
  return JSON.stringify([family, layer])
}

interface Entry {
  readonly task: Task
  /** Of all calls on this layer, and of the largest. */
  readonly flops: number
  readonly largest: number
}

/** Notes which kernels are called, on what shapes. */
export class CallBook {
  private readonly entries = new Map<string, Entry>()

  /** The same ops, overheard. */
  listen(ops: Ops): Ops {
    return {
      ...ops,
      run: (kernel, call) => {
        this.note(call)
        ops.run(kernel, call)
      },
    }
  }

  /** Of each family the layer with the most arithmetic in all, at its largest; the family with the most work first. */
  heaviest(): Task[] {
    const entries = [...this.entries.values()].sort((a, b) => b.flops - a.flops)
    return entries
      .filter(({ task }, i) => entries.findIndex((entry) => entry.task.family === task.family) === i)
      .map(({ task }) => task)
  }

  private note({ params, imports = {}, flops }: Call<string, string>): void {
    const loop = Object.keys(imports).find((name) => name in TASKS)
    if (loop === undefined) return
    const task = TASKS[loop]!(params, imports)
    const known = this.entries.get(layerKey(task))
    const isLarger = flops > (known?.largest ?? 0)
    this.entries.set(layerKey(task), {
      task: isLarger || !known ? task : known.task,
      flops: flops + (known?.flops ?? 0),
      largest: Math.max(flops, known?.largest ?? 0),
    })
  }
}
