import { BufferPool } from './buffer-pool'
import type { Activations, Gpu, Storage } from './device'
import { checkBindings } from './bands'
import { float16ToFloat32 } from '../weights/quant/float16'
import type { Call, Kernel } from './kernel'
import { Recorder } from './recorder'
import { byteLength, DTYPE_BYTES, elementCount, type DType, type Tensor } from './tensor'
import { GPU_VARIANTS, type Variants } from './variants'

type Elements = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/**
 * A GPU as models use it: tensors, kernel calls, transfers. `openOps` runs them on a device; `dryOps` only counts
 * memory, so that the same code of a model gives the result and, beforehand, the bytes that it takes.
 */
export interface Ops {
  /** Element type of activations. */
  readonly storage: Storage
  readonly pool: BufferPool
  /** The most bytes of a tensor that a kernel binds at once; see `bands`. */
  readonly maxBindingBytes: number
  /** Which variants of the kernels are used on this adapter. */
  readonly variants: Variants
  /** Type in which activations are multiplied by quantised weights. */
  readonly activations: Activations
  /** A tensor with unspecified contents. */
  create(shape: readonly number[], dtype: DType, label: string): Tensor
  /** Releases the memory once the calls recorded so far have run. */
  release(...tensors: readonly Tensor[]): void
  /**
   * Makes a tensor of `data`, whose type must be that of `dtype` in memory. A dry run does not call a function given
   * for it.
   */
  upload(data: Elements | (() => Elements), shape: readonly number[], dtype: DType, label: string): Tensor
  /** Refills a tensor, after the calls recorded so far. */
  write(tensor: Tensor, data: Elements | (() => Elements)): void
  /** @throws GpuError `limit` when a tensor does not fit a binding. */
  run<B extends string, P extends string>(kernel: Kernel<B, P>, call: Call<B, P>): void
  drain(signal?: AbortSignal): Promise<void>
  /** Runs the recorded calls and copies the elements back as f32. */
  read(tensor: Tensor, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>>
  /** Does the same for `u32` tensors and other raw bytes. */
  readBytes(tensor: Tensor, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
  /**
   * A tensor's bytes after the calls recorded so far. Runs nothing: resolves once a later drain has got this far,
   * while the GPU continues. The tensor may be released at once. @throws why that drain failed.
   */
  readLater(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>>
}

function createTensor(pool: BufferPool, shape: readonly number[], dtype: DType, label: string): Tensor {
  const bytes = byteLength(shape, dtype)
  return { label, shape, dtype, allocation: pool.acquire(bytes, label), byteOffset: 0, byteLength: bytes }
}

/** Ops on a device. */
export function openOps(gpu: Gpu): Ops & { readonly recorder: Recorder } {
  const { device, storage, maxBindingBytes } = gpu
  const pool = new BufferPool(device)
  const recorder = new Recorder(gpu)

  const write = (tensor: Tensor, source: Elements | (() => Elements)): void => {
    const data = typeof source === 'function' ? source() : source
    const { label, shape, dtype } = tensor
    if (data.length !== elementCount(shape) || data.BYTES_PER_ELEMENT !== DTYPE_BYTES[dtype]) {
      throw new RangeError(
        `${label} [${shape.join(', ')}] of ${dtype} cannot hold ${data.length} elements of ${data.BYTES_PER_ELEMENT} bytes.`,
      )
    }
    recorder.write(tensor, data.byteLength === tensor.byteLength ? data : padTo4(data))
  }
  const readBytes = async (tensor: Tensor, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = recorder.read(tensor)
    await recorder.drain(signal)
    return bytes
  }

  return {
    storage,
    pool,
    maxBindingBytes,
    variants: gpu.variants,
    activations: gpu.activations,
    recorder,
    create: (shape, dtype, label) => createTensor(pool, shape, dtype, label),
    release: (...tensors) => tensors.forEach((tensor) => pool.release(tensor.allocation)),
    upload(source, shape, dtype, label) {
      const tensor = createTensor(pool, shape, dtype, label)
      write(tensor, source)
      return tensor
    },
    write,
    run(kernel, call) {
      checkBindings(kernel.stem, call.tensors, maxBindingBytes)
      recorder.record(kernel, call)
    },
    drain: (signal) => recorder.drain(signal),
    read: async (tensor, signal) => floatsOf(tensor, await readBytes(tensor, signal)),
    readBytes,
    readLater: (tensor) => recorder.read(tensor),
  }
}

/** A tensor's bytes as numbers. @throws TypeError where they are not floats. */
export function floatsOf(
  { label, shape, dtype }: Tensor,
  { buffer }: Uint8Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const count = elementCount(shape)
  if (dtype === 'f32') return new Float32Array(buffer, 0, count)
  if (dtype === 'f16') return float16ToFloat32(new Uint16Array(buffer, 0, count))
  throw new TypeError(`${label} is ${dtype}; its bytes are not floats.`)
}

/** Ops that run nothing, count the bytes that `openOps` would allocate, and throw where it would throw. */
export function dryOps(storage: Storage, maxBindingBytes: number, maxBufferBytes = Infinity): Ops {
  const pool = new BufferPool(undefined, maxBufferBytes)
  return {
    storage,
    pool,
    maxBindingBytes,
    variants: GPU_VARIANTS,
    activations: 'float',
    create: (shape, dtype, label) => createTensor(pool, shape, dtype, label),
    release: (...tensors) => tensors.forEach((tensor) => pool.release(tensor.allocation)),
    upload: (_data, shape, dtype, label) => createTensor(pool, shape, dtype, label),
    write: () => {},
    run: ({ stem }, { tensors }) => checkBindings(stem, tensors, maxBindingBytes),
    drain: (signal) => Promise.resolve(signal?.throwIfAborted()),
    read: (tensor) => Promise.resolve(new Float32Array(elementCount(tensor.shape))),
    readBytes: (tensor) => Promise.resolve(new Uint8Array(tensor.byteLength)),
    readLater: (tensor) => Promise.resolve(new Uint8Array(tensor.byteLength)),
  }
}

function padTo4(data: Elements): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil(data.byteLength / 4) * 4)
  padded.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return padded
}
