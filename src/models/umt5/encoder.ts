import { watchBuffers } from '../../gpu/buffer-meter'
import type { TextEncoderConfig } from './config'
import type { WeightFile } from '../../weights/weight-file'
import { relativeBuckets } from './relative-position'
import { allocateEncoder } from './buffers'
import { CpuRunner } from './cpu-runner'
import { GpuRunner } from './gpu-runner'
import { finalGraph, layerGraph, type LayerFormats, type LinearFormat } from './graph'
import type { Runner, Slots } from './runner'
import { checkTensors, embed, layerFormats, readBias, readFinalNorm, readLayer } from './weights'

export interface EncodePromptArgs {
  /** Without one, layers are computed on the CPU, in f32. */
  readonly device?: GPUDevice
  readonly config: TextEncoderConfig
  /** Under Wan's own key names. */
  readonly weights: WeightFile
  /** Ids from the tokenizer: ends in eos, without padding. */
  readonly ids: readonly number[]
  /** Format of the linear weights on the GPU; the default is f32. See `layerFormats`. */
  readonly format?: LinearFormat
  /** Whether one layer at a time is on the GPU instead of two: less memory, more waiting. */
  readonly isLean?: boolean
  readonly signal?: AbortSignal
  /** Called after each layer that the GPU has finished. */
  onLayer?(done: number, total: number): void
  /**
   * Called at the end with the most bytes of GPU buffers that existed at once: ours as planned, and all including
   * onnxruntime's. Not on the CPU.
   */
  onBytes?(own: number, all: number): void
}

/** Formats of all layers. @throws WeightsError */
export function allFormats(
  file: WeightFile,
  config: TextEncoderConfig,
  format: LinearFormat,
): LayerFormats[] {
  return Array.from({ length: config.numLayers }, (_, layer) => layerFormats(file, config, layer, format))
}

function checkIds(ids: readonly number[], { vocabSize }: TextEncoderConfig): void {
  if (ids.length === 0)
    throw new RangeError('The prompt has no tokens; even an empty one has eos. Use the tokenizer.')
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize)
  if (bad !== undefined) {
    throw new RangeError(
      `The prompt holds the token ${bad}; the text encoder knows 0 to ${vocabSize - 1}. Choose the tokenizer of the same model.`,
    )
  }
}

async function runLayers<Slot>(
  runner: Runner<Slot>,
  args: EncodePromptArgs,
): Promise<Float32Array<ArrayBuffer>> {
  const { config, weights, ids, format = 'f32', isLean, signal, onLayer } = args
  const buckets = relativeBuckets(ids.length, config)
  const formats = allFormats(weights, config, format)
  const embedded = await embed(weights, config, ids)
  const { shared, weights: sets } = await runner.guarded(async () =>
    allocateEncoder(runner, config, ids.length, formats, isLean),
  )
  runner.write(shared, 'hidden', embedded)
  /** Fills a set matrix by matrix: while the GPU uses the other, or in turn behind the layer that uses this one. */
  const ended = new AbortController()
  const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
  const fill = async (layer: number): Promise<Slots<Slot>> => {
    const set = sets[layer % sets.length]!
    for await (const [name, words] of readLayer(weights, config, layer, format, stop)) {
      stop.throwIfAborted()
      runner.write(set, name, words)
    }
    return set
  }
  let state = shared
  let coming = fill(0)
  let finished: Promise<void> = Promise.resolve()
  try {
    for (let layer = 0; layer < config.numLayers; layer++) {
      const set = await coming
      const bias = await readBias(weights, config, layer, buckets)
      await finished
      signal?.throwIfAborted()
      runner.write(shared, 'bias', bias)
      const graph = layerGraph(config, ids.length, formats[layer]!)
      await runner.run(
        { kind: Object.values(formats[layer]!).join(), graph, isKept: true },
        new Map([...state, ...set]),
      )
      finished = runner.finished().then(() => onLayer?.(layer + 1, config.numLayers))
      finished.catch(() => {}) // Awaited before the next layer, unless reading that one fails first.
      if (layer + 1 < config.numLayers) coming = fill(layer + 1)
      coming.catch(() => {}) // Awaited in the next iteration, unless the GPU fails first.
      state = swapped(state)
    }
  } finally {
    ended.abort()
    await coming.catch(() => {})
  }
  await finished
  signal?.throwIfAborted()
  runner.write(shared, 'norm', await readFinalNorm(weights, config))
  const context = await runner.run(
    { kind: 'final', graph: finalGraph(config, ids.length), isKept: false },
    state,
  )
  if (context?.length !== embedded.length)
    throw new Error(`onnxruntime gave ${context?.length ?? 'no'} numbers; ${embedded.length} were expected.`)
  return new Float32Array(context)
}

/** Swaps the state and the next state. */
function swapped<Slot>(slots: Slots<Slot>): Slots<Slot> {
  const [hidden, next] = [slots.get('hidden')!, slots.get('next')!]
  return new Map([...slots, ['hidden', next], ['next', hidden]])
}

/** Runs `body`, and frees the runner's memory however that ends. */
async function closing<Slot, T>(runner: Runner<Slot>, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } finally {
    await runner.close()
  }
}

/**
 * Runs the umT5 encoder, one layer at a time.
 * @returns `context` [n, dim] at the prompt's true length
 * @throws WeightsError or RangeError before any GPU work; GpuError; the signal's reason
 */
export async function encodePrompt(args: EncodePromptArgs): Promise<Float32Array<ArrayBuffer>> {
  const { config, device } = args
  const format = (device && args.format) ?? 'f32'
  checkIds(args.ids, config)
  checkTensors(args.weights, config, format)
  args.signal?.throwIfAborted()
  if (!device) {
    const runner = new CpuRunner()
    return closing(runner, () => runLayers(runner, { ...args, format }))
  }
  const meter = watchBuffers(device)
  const runner = new GpuRunner(device)
  try {
    return await closing(runner, () =>
      runLayers(runner, args).finally(() => args.onBytes?.(runner.pool.highWater, meter.peak)),
    )
  } finally {
    meter.stop()
  }
}
