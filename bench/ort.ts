// Runs onnxruntime-web as the rival: its WebGPU provider on our device, with inputs and outputs in our buffers.
import type { GraphConstant, GraphNode, GraphValue, GraphWeight } from '../src/models/umt5/onnx-model'
import { onDevice } from '../src/models/umt5/gpu-runner'
import { openSession } from '../src/models/umt5/onnx-session'
import type { Storage } from '../src/gpu/device'
import { watchBuffers } from '../src/gpu/buffer-meter'
import { DeviceGuest } from '../src/gpu/device-guest'
import type { Tensor } from '../src/gpu/tensor'
import { float32ToFloat16 } from '../src/weights/quant/float16'
import type { Candidate, Rival } from './comparison'
import type { Bench } from './device'

export const ONNX_TYPES = { f32: 'float32', f16: 'float16', u32: 'uint8' } as const

/** One of our tensors as a graph's input, with another shape if given. */
export interface Feed {
  readonly tensor: Tensor
  readonly shape?: readonly number[]
}

export interface RivalGraph {
  readonly op: string
  readonly hangsOn?: RegExp
  /** Existing tensors, or tensors that are made for the rival's turn and released after it. */
  readonly feeds: Readonly<Record<string, Feed>> | (() => Readonly<Record<string, Feed>>)
  readonly constants?: readonly GraphConstant[]
  /** Made for the rival's turn. */
  readonly weights?: () => readonly GraphWeight[] | Promise<readonly GraphWeight[]>
  /** The last node's output is `y`. */
  readonly nodes: readonly GraphNode[]
  readonly shape: readonly number[]
  /** Type of `y`, the storage type unless given. */
  readonly dtype?: Storage
  /** Converts the rival's layout to ours. */
  readonly arrange?: (y: Float32Array) => ArrayLike<number>
  /** Whether its GPU memory is counted. */
  readonly metered?: boolean
  /** How often the graph runs for the work of the row; once by default. */
  readonly times?: number
  /** Relative error of `y`, where the row's own check does not apply. */
  readonly check?: (y: ArrayLike<number>) => number
}

export function floatWeight(
  name: string,
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  storage: Storage,
): GraphWeight {
  const data = storage === 'f16' ? float32ToFloat16(values) : values
  return { name, shape, dtype: ONNX_TYPES[storage], bytes: new Uint8Array(data.buffer) }
}

export function ortRival({ gpu, ops }: Bench, rival: RivalGraph): Rival {
  const {
    op,
    hangsOn,
    constants = [],
    weights,
    nodes,
    shape,
    dtype = ops.storage,
    arrange = (y) => y,
    times = 1,
    check,
    metered = false,
  } = rival
  const open = async (): Promise<Candidate> => {
    const guest = new DeviceGuest(gpu.device)
    const meter = metered ? watchBuffers(gpu.device) : undefined
    const feeds = typeof rival.feeds === 'function' ? rival.feeds() : rival.feeds
    const y = ops.create(shape, dtype, 'ort.y')
    const inputs = Object.entries(feeds).map(([name, { tensor, shape: own }]): GraphValue => ({
      name,
      dtype: ONNX_TYPES[tensor.dtype],
      shape: own ?? tensor.shape,
    }))
    const graph = {
      name: op,
      inputs,
      outputs: [{ name: 'y', dtype: ONNX_TYPES[dtype], shape }],
      constants,
      nodes,
      ...(weights && { weights: await weights() }),
    }
    await ops.drain() // the feeds' data is written before onnxruntime's first submit
    const session = await guest.guarded(() => openSession(graph, onDevice(gpu.device), true))
    const buffers = new Map([
      ...Object.entries(feeds).map(([name, { tensor }]) => [name, tensor.allocation] as const),
      ['y', y.allocation] as const,
    ])
    return {
      async run() {
        for (let i = 0; i < times; i++) await session.run(buffers)
      },
      settle: () => Promise.resolve(),
      async output() {
        try {
          await guest.guarded(() => session.run(buffers))
          await guest.finished()
        } finally {
          meter?.stop()
        }
        return arrange(await ops.read(y))
      },
      ...(meter && { gpuBytes: () => meter.peak }),
      async close() {
        await session.close()
        ops.release(
          y,
          ...(typeof rival.feeds === 'function' ? Object.values(feeds).map(({ tensor }) => tensor) : []),
        )
      },
    }
  }
  return { op, open, ...(hangsOn && { hangsOn }), ...(check && { check }) }
}
