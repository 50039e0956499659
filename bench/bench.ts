// Runs the whole bench anywhere: peaks first, then row after row.
import { openGpu } from '../src/gpu/device'
import { costOf, hold, type Row } from './comparison'
import { openBench, type Bench } from './device'
import { selectRows, type BenchOptions } from './options'
import { measurePeaks, type Peak } from './peak'
import { factorText, toResult, type BenchResult, type Peaks } from './result'
import { ATTENTION_ROWS } from './rows/attention'
import { CONVOLUTION_ROWS } from './rows/convolution'
import { ELEMENTWISE_ROWS } from './rows/elementwise'
import { FRAME_ROWS } from './rows/frames'
import { LINEAR_ROWS } from './rows/linear'
import { LORA_ROWS } from './rows/lora'
import { GROWTH_ROWS, MODEL_ROWS } from './rows/models'

/** The most important rows come first, since a run may be cut off. */
export const ROWS: readonly Row[] = [
  ...LINEAR_ROWS,
  ...ATTENTION_ROWS,
  ...CONVOLUTION_ROWS,
  ...MODEL_ROWS,
  ...LORA_ROWS,
  ...ELEMENTWISE_ROWS,
  ...FRAME_ROWS,
  ...GROWTH_ROWS,
]

export interface Listener {
  /** The adapter, before anything runs. */
  onAdapter(text: string): void
  onResult(result: BenchResult): void
  /** A note about a row, such as why a rival has no time. */
  onNote(text: string): void
  /** Announces a step, since a first run compiles and may take long. */
  onTrace?(text: string): void
}

/** Measures a row. */
export async function runRow(
  bench: Bench,
  { name, weights, variant: only, full, small }: Row,
  peaks: Peaks | undefined,
  say: (note: string) => void,
): Promise<BenchResult> {
  const sized = bench.small ? small : full
  bench.trace(`${name} ${sized.shape}`)
  const [cost, whole] = [await costOf(sized), await costOf(full)]
  const sayOfRow = (note: string): void => say(`${name}: ${note}`)
  const match = await sized.prepare(bench)
  bench.trace('choosing variants')
  const variant = only ?? (await bench.variants.choose(() => match.ours.run(), sayOfRow))
  const timing = await hold(bench, match, sayOfRow)
  const dtype = weights ? `${bench.ops.storage}·${weights}` : bench.ops.storage
  return toResult({ name, shape: sized.shape + factorText(whole, cost), dtype, variant }, cost, peaks, timing)
}

function peakResult({ name, unit, rate, ms }: Peak): BenchResult {
  const giga = rate / 1e6
  const dtype = name === 'peak.dp4a' ? 'i8' : name === 'peak.fma_f16' ? 'f16' : 'f32'
  return {
    name,
    shape: `${unit}s`,
    dtype,
    variant: null,
    ms,
    gflops: unit === 'byte' ? null : giga,
    gbps: unit === 'byte' ? giga : null,
    peakShare: 1,
    relError: null,
    ort: null,
    ratio: null,
  }
}

function peaksOf(measured: readonly Peak[], storage: 'f32' | 'f16'): Peaks {
  const rate = (name: string): number => measured.find((peak) => peak.name === name)?.rate ?? 0
  // With f16 storage a kernel may multiply in f16, so it could reach the higher rate.
  return {
    fma: Math.max(rate('peak.fma_f32'), storage === 'f16' ? rate('peak.fma_f16') : 0),
    dp4a: rate('peak.dp4a'),
    copy: rate('peak.copy'),
  }
}

/**
 * @param fit adapts the device to onnxruntime-web where the environment needs that
 * @throws GpuError, RangeError in sentences
 */
export async function runBench(
  webgpu: GPU | undefined,
  options: BenchOptions,
  listener: Listener,
  fit: (device: GPUDevice) => void = () => {},
): Promise<BenchResult[]> {
  const began = performance.now()
  const rows = selectRows(ROWS, options)
  const gpu = await openGpu(webgpu, options.storage === 'auto' ? {} : { storage: options.storage })
  fit(gpu.device)
  const bench = await openBench(gpu, options, listener.onTrace)
  listener.onAdapter(
    `${gpu.adapter}, ${gpu.storage} storage, ${bench.small ? 'shapes scaled down by the factor in brackets' : "Wan's real shapes"}`,
  )
  const results: BenchResult[] = []
  const tell = (result: BenchResult): void => {
    results.push(result)
    listener.onResult(result)
  }
  const measured = await measurePeaks(
    gpu.device,
    bench.clock,
    webgpu?.wgslLanguageFeatures ?? new Set(),
    bench.isCpu,
  )
  for (const peak of measured) tell(peakResult(peak))
  const peaks = peaksOf(measured, gpu.storage)
  for (const [i, row] of rows.entries()) {
    if (performance.now() - began > options.limit * 1000) {
      listener.onNote(
        `The limit of ${options.limit} s has passed; not run: ${rows
          .slice(i)
          .map(({ name }) => name)
          .join(', ')}.`,
      )
      break
    }
    try {
      tell(await runRow(bench, row, peaks, listener.onNote))
    } catch (error) {
      if (gpu.lostReason !== undefined) throw error
      listener.onNote(`${row.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return results
}
