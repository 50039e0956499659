// The bench's output as data.

/** onnxruntime-web's best operator for the same work. */
export interface RivalResult {
  readonly op: string
  /** Null where the result was wrong, and so not timed. */
  readonly ms: number | null
  readonly relError: number
  /** Of whole models: the most bytes of GPU buffers that existed at once. */
  readonly gpuBytes?: number
}

/** One line of `npm run bench -- --json`. */
export interface BenchResult {
  readonly name: string
  /** The measured shape, with the factor by which it is smaller than Wan's, if it is. */
  readonly shape: string
  readonly dtype: string
  /** Of the row's kernels, or `family variant` of several families; null where there is no choice. */
  readonly variant: string | null
  /** Median of the samples, milliseconds of one call. */
  readonly ms: number
  readonly gflops: number | null
  /** Least bytes to read and write, divided by the time. */
  readonly gbps: number | null
  /**
   * Share of the FMA rate, of dot4I8Packed's, or of the copy rate for kernels that only move data, measured in the
   * same run.
   */
  readonly peakShare: number | null
  /** ‖a − b‖ / ‖b‖ against f64; null where there is no f64 reference. */
  readonly relError: number | null
  readonly ort: RivalResult | null
  /** How many times faster than onnxruntime-web. */
  readonly ratio: number | null
  /** Of whole models: the most bytes of GPU buffers that existed at once. */
  readonly gpuBytes?: number
}

/** The cost of a row for any candidate. */
export interface Cost {
  readonly flops: number
  /** Least bytes to move. */
  readonly bytes: number
  /** The peak that it is compared with. */
  readonly bound: 'fma' | 'dp4a' | 'copy'
}

/** Rates of the adapter: FLOP, operations of dot4I8Packed and bytes per millisecond; 0 where it has none. */
export interface Peaks {
  readonly fma: number
  readonly dp4a: number
  readonly copy: number
}

export interface Timing {
  readonly ms: number
  readonly relError: number | null
  readonly ort: RivalResult | null
  readonly gpuBytes?: number
}

export function toResult(
  { name, shape, dtype, variant }: Pick<BenchResult, 'name' | 'shape' | 'dtype' | 'variant'>,
  cost: Cost,
  peaks: Peaks | undefined,
  { ms, relError, ort, gpuBytes }: Timing,
): BenchResult {
  const done = cost.bound === 'copy' ? cost.bytes : cost.flops
  const peak = peaks?.[cost.bound] ?? 0
  return {
    name,
    shape,
    dtype,
    variant,
    ms,
    gflops: cost.flops > 0 ? cost.flops / ms / 1e6 : null,
    gbps: cost.bytes > 0 ? cost.bytes / ms / 1e6 : null,
    peakShare: peak > 0 && done > 0 ? done / ms / peak : null,
    relError,
    ort,
    ratio: ort?.ms ? ort.ms / ms : null,
    ...(gpuBytes !== undefined && { gpuBytes }),
  }
}

/** The factor by which the measured shape is smaller than Wan's: `1/14`, or nothing. */
export function factorText(full: Cost, measured: Cost): string {
  const of = (cost: Cost): number => cost[cost.bound === 'copy' ? 'bytes' : 'flops']
  const factor = of(full) / of(measured)
  return factor > 1.005 ? ` (1/${factor < 10 ? Number(factor.toFixed(1)) : Math.round(factor)})` : ''
}
