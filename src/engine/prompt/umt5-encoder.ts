import { BufferPool } from '../../gpu/buffer-pool'
import type { TextEncoderConfig } from '../../weights/manifest'
import type { WeightFile } from '../../weights/weight-file'
import type { GraphValue } from './onnx-model'
import { relativeBuckets } from './relative-position'
import { finalGraph, layerGraph, uniformFormats, type LinearFormat } from './umt5-graph'
import { allocate, isState, Stage, type Buffers } from './umt5-stage'
import { checkTensors, embed, readFinalNorm, readLayer } from './umt5-weights'

export interface EncodePromptArgs {
  readonly device: GPUDevice
  readonly config: TextEncoderConfig
  /** With Wan's own key names. */
  readonly weights: WeightFile
  /** From the tokenizer: ends in eos, no padding. */
  readonly ids: readonly number[]
  /** How the linear weights lie on the GPU; the default is f32. int8 weights stay q8 when q4 is asked for. */
  readonly format?: LinearFormat
  readonly signal?: AbortSignal
  /** After each layer that the GPU has finished. */
  onLayer?(done: number, total: number): void
  /** At the end: the most bytes of GPU buffers that existed at once, without onnxruntime's own intermediates. */
  onBytes?(peak: number): void
}

function graphValues(config: TextEncoderConfig, n: number, format: LinearFormat): GraphValue[] {
  const { inputs, outputs } = layerGraph(config, n, uniformFormats(format))
  return [...inputs, ...outputs]
}

/**
 * Bytes of GPU buffers that `encodePrompt` allocates for `n` tokens where every linear weight has `format`.
 * onnxruntime's intermediates come on top.
 */
export function planTextEncoderBytes(config: TextEncoderConfig, n: number, format: LinearFormat = 'f32'): number {
  const pool = new BufferPool(undefined)
  allocate(pool, graphValues(config, n, format))
  return pool.highWater
}

function checkIds(ids: readonly number[], { vocabSize }: TextEncoderConfig): void {
  if (ids.length === 0) throw new RangeError('The prompt has no tokens; even an empty one has eos. Use the tokenizer.')
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize)
  if (bad !== undefined) {
    throw new RangeError(`The prompt holds the token ${bad}; the text encoder knows 0 to ${vocabSize - 1}. Choose the tokenizer of the same model.`)
  }
}

function swapped(state: Buffers): Buffers {
  return new Map([...state].map(([name, allocation]) => [name === 'hidden' ? 'next' : 'hidden', allocation]))
}

async function runLayers(stage: Stage, args: EncodePromptArgs): Promise<Float32Array<ArrayBuffer>> {
  const { config, weights, ids, format = 'f32', signal, onLayer } = args
  const { guest, pool } = stage
  const buckets = relativeBuckets(ids.length, config)
  const embedded = await embed(weights, config, ids)
  let state = await guest.guarded(async () => {
    const buffers = allocate(pool, graphValues(config, ids.length, format).filter(isState))
    for (const [name, allocation] of buffers) if (name === 'hidden') guest.write(allocation, embedded)
    return buffers
  })
  let finished: Promise<void> = Promise.resolve()
  for (let layer = 0; layer < config.numLayers; layer++) {
    const { formats, inputs } = await readLayer(weights, config, layer, format, buckets, signal) // while the GPU is busy
    await finished
    signal?.throwIfAborted()
    const graph = layerGraph(config, ids.length, formats)
    await stage.run({ kind: Object.values(formats).join(), graph, inputs, outputs: 'gpu-buffer' }, state)
    finished = guest.finished().then(() => onLayer?.(layer + 1, config.numLayers))
    finished.catch(() => {}) // Awaited before the next layer, unless reading that one fails first.
    state = swapped(state)
  }
  await finished
  signal?.throwIfAborted()
  const norm = await readFinalNorm(weights, config)
  const context = await stage.run({ kind: 'final', graph: finalGraph(config, ids.length), inputs: new Map([['norm', norm]]), outputs: 'cpu' }, state)
  if (context?.length !== embedded.length) throw new Error(`onnxruntime gave ${context?.length ?? 'no'} numbers; ${embedded.length} were expected.`)
  return new Float32Array(context)
}

/**
 * Runs the umT5 encoder, one layer on the GPU at a time.
 * @returns `context` [n, dim] at the prompt's true length
 * @throws WeightsError or RangeError before any GPU work; GpuError; the signal's reason
 */
export async function encodePrompt(args: EncodePromptArgs): Promise<Float32Array<ArrayBuffer>> {
  checkIds(args.ids, args.config)
  checkTensors(args.weights, args.config, args.format ?? 'f32')
  args.signal?.throwIfAborted()
  const stage = new Stage(args.device)
  try {
    return await runLayers(stage, args)
  } finally {
    args.onBytes?.(stage.pool.highWater)
    await stage.guest.race(stage.close())
  }
}
