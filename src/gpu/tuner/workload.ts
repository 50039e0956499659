import type { WeightFormat } from '../../weights/quant/pack'
import type { Call, Kernel } from '../kernel'
import type { ConvShape } from '../kernels/causal_conv3d'
import type { Ops } from '../ops'
import type { KernelFamily } from '../variants'

interface TaskOf<F extends KernelFamily, Layer, Size> {
  readonly family: F
  /** Dimensions that depend on the model. */
  readonly layer: Layer
  /** Dimensions that depend on the clip, and that a trial may reduce. */
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
  Required<Omit<ConvShape, 'padding' | 'activation'>>,
  { readonly height: number; readonly width: number; readonly past: number }
>
/** A norm of `rows` rows. */
export type NormsTask = TaskOf<'norms', { readonly dim: number }, { readonly rows: number }>

/** A kernel call on which the variants of its family are compared. */
export type Task = LinearTask | AttentionTask | ConvolutionTask | NormsTask

type Params = Readonly<Record<string, number>>

/** A call's part in its family. */
const TASKS: Readonly<
  Record<KernelFamily, (params: Params, slots: Readonly<Record<string, string>>) => Task>
> = {
  linear: ({ tokens, rows, cols }, { weight }) => ({
    family: 'linear',
    layer: { rows: rows!, cols: cols!, format: weight as WeightFormat },
    size: { tokens: tokens! },
  }),
  attention: ({ dim, head_dim, queries, keys }) => ({
    family: 'attention',
    layer: { numHeads: dim! / head_dim!, headDim: head_dim! },
    size: { queries: queries!, keys: keys! },
  }),
  convolution: (p) => ({
    family: 'convolution',
    layer: {
      inChannels: p['in_channels']!,
      outChannels: p['out_channels']!,
      kernelT: p['kernel_t'] as 1 | 2 | 3,
      kernelHW: p['kernel_hw'] as 1 | 3,
      stride: p['stride'] as 1 | 2,
      upsample: (p['upsample']! + 1) as 1 | 2,
    },
    size: {
      height: p['in_height']!,
      width: p['in_width']!,
      past: p['kernel_t']! - 1 - p['first_frame']!,
    },
  }),
  norms: ({ rows, dim }) => ({ family: 'norms', layer: { dim: dim! }, size: { rows: rows! } }),
}

/** Equal for every clip of a model. */
export function layerKey({ family, layer }: Task): string {
  return JSON.stringify([family, layer])
}

interface Entry {
  readonly task: Task
  /** FLOP of all calls on this layer, and of the largest. */
  readonly flops: number
  readonly largest: number
}

/** The kernel calls of a model with their shapes. */
export class Workload {
  private readonly entries = new Map<string, Entry>()

  /** The same ops, recording their calls. */
  listen(ops: Ops): Ops {
    return {
      ...ops,
      run: (kernel, call) => {
        this.note(kernel, call)
        ops.run(kernel, call)
      },
    }
  }

  /** For each family, the largest call on the layer with the most FLOP; the family with the most work first. */
  heaviest(): Task[] {
    const entries = [...this.entries.values()].sort((a, b) => b.flops - a.flops)
    return entries
      .filter(({ task }, i) => entries.findIndex((entry) => entry.task.family === task.family) === i)
      .map(({ task }) => task)
  }

  private note({ family }: Kernel, { params, slots = {}, flops }: Call<string, string>): void {
    if (family === undefined) return
    const task = TASKS[family](params, slots)
    const known = this.entries.get(layerKey(task))
    const isLarger = flops > (known?.largest ?? 0)
    this.entries.set(layerKey(task), {
      task: isLarger || !known ? task : known.task,
      flops: flops + (known?.flops ?? 0),
      largest: Math.max(flops, known?.largest ?? 0),
    })
  }
}
