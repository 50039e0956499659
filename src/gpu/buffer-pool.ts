import { GpuError } from './errors'
import { memoryWatch } from './memory-watch'

/** A piece of GPU memory from the pool. `buffer` is undefined in a dry run, which only counts bytes. */
export interface Allocation {
  readonly buffer: GPUBuffer | undefined
  readonly bytes: number
}

const ALIGNMENT = 256
/** A free buffer serves a request when it is at most this much larger. */
const SLACK = 1.25

/**
 * Storage buffers for tensors, reused as soon as they are released: the queue runs in order, so a buffer may be
 * reused once the last command that reads it is recorded. Without a device it is the memory plan.
 */
export class BufferPool {
  private readonly free: Allocation[] = []
  private readonly inUse = new Set<Allocation>()
  /** In use, although the GPU had no memory for them: not for a second use. */
  private readonly refused = new Set<Allocation>()
  private held = 0
  private peak = 0

  /** @param maxBufferBytes the largest possible buffer: the device's limit */
  constructor(
    private readonly device: GPUDevice | undefined,
    private readonly maxBufferBytes = device?.limits.maxBufferSize ?? Infinity,
  ) {}

  /** Bytes of all buffers that exist now, used or free. */
  get bytes(): number {
    return this.held
  }

  /** The most bytes that existed at once since the last `resetHighWater`. */
  get highWater(): number {
    return this.peak
  }

  resetHighWater(): void {
    this.peak = this.held
  }

  /**
   * The next drain reports whether the GPU had memory for it.
   * @throws GpuError `limit` when the device cannot have a buffer of this size.
   */
  acquire(bytes: number, label: string): Allocation {
    const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT
    let best = -1
    for (let i = 0; i < this.free.length; i++) {
      const candidate = this.free[i]!.bytes
      if (candidate >= size && candidate <= size * SLACK && (best < 0 || candidate < this.free[best]!.bytes))
        best = i
    }
    const allocation = best >= 0 ? this.free.splice(best, 1)[0]! : this.allocate(size, label)
    this.inUse.add(allocation)
    return allocation
  }

  release(allocation: Allocation): void {
    if (!this.inUse.delete(allocation))
      throw new Error(`A GPU buffer of ${allocation.bytes} bytes was released twice.`)
    if (!this.refused.delete(allocation)) this.free.push(allocation)
  }

  /** A mark of the memory in use, for `releaseSince`, which releases everything allocated later. */
  mark(): ReadonlySet<Allocation> {
    return new Set(this.inUse)
  }

  releaseSince(mark: ReadonlySet<Allocation>): void {
    for (const allocation of this.inUse) if (!mark.has(allocation)) this.release(allocation)
  }

  /** Destroys the free buffers, so that another model or onnxruntime can use the memory. */
  trim(): void {
    for (const allocation of this.free.splice(0)) {
      this.held -= allocation.bytes
      allocation.buffer?.destroy()
    }
  }

  private allocate(size: number, label: string): Allocation {
    if (size > this.maxBufferBytes) {
      throw new GpuError(
        'limit',
        `${label} needs a buffer of ${size} bytes; this GPU allows ${this.maxBufferBytes}. Choose a smaller size or fewer frames.`,
      )
    }
    const { device } = this
    const allocation: Allocation = {
      buffer:
        device &&
        memoryWatch(device).during(
          () =>
            device.createBuffer({
              label,
              size,
              usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
            }),
          () => this.drop(allocation),
        ),
      bytes: size,
    }
    this.held += size
    this.peak = Math.max(this.peak, this.held)
    return allocation
  }

  /** Counts a buffer no more for which there was no memory, unless it was destroyed before that was known. */
  private drop(allocation: Allocation): void {
    const at = this.free.indexOf(allocation)
    if (at >= 0) this.free.splice(at, 1)
    else if (this.inUse.has(allocation)) this.refused.add(allocation)
    else return
    this.held -= allocation.bytes
  }
}
