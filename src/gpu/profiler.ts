/** Time of one dispatch. */
export interface KernelTime {
  readonly stem: string
  readonly flops: number
  readonly milliseconds: number
}

/**
 * Times every dispatch by timestamp queries; each then has a compute pass of its own. Needs the feature
 * `timestamp-query`.
 */
export class Profiler {
  /** Dispatches that came after it was full. */
  missed = 0
  private readonly querySet: GPUQuerySet
  private entries: { stem: string; flops: number }[] = []

  constructor(
    private readonly device: GPUDevice,
    private readonly capacity = 2048,
  ) {
    if (!device.features.has('timestamp-query'))
      throw new Error('This GPU has no timestamp queries; run without the profiler.')
    this.querySet = device.createQuerySet({ label: 'profiler', type: 'timestamp', count: capacity * 2 })
  }

  /** Where the next dispatch writes its times; undefined when full. */
  next(stem: string, flops: number): GPUComputePassTimestampWrites | undefined {
    const index = this.entries.length
    if (index === this.capacity) {
      this.missed++
      return undefined
    }
    this.entries.push({ stem, flops })
    return {
      querySet: this.querySet,
      beginningOfPassWriteIndex: 2 * index,
      endOfPassWriteIndex: 2 * index + 1,
    }
  }

  /** Returns the times since the last call, in order. Call it after a drain. */
  async take(): Promise<KernelTime[]> {
    const entries = this.entries
    this.entries = []
    if (entries.length === 0) return []
    const size = entries.length * 16
    const resolved = this.device.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    })
    const readable = this.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    })
    const encoder = this.device.createCommandEncoder()
    encoder.resolveQuerySet(this.querySet, 0, entries.length * 2, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size)
    this.device.queue.submit([encoder.finish()])
    await readable.mapAsync(GPUMapMode.READ)
    const times = new BigUint64Array(readable.getMappedRange().slice(0))
    resolved.destroy()
    readable.destroy()
    return entries.map((entry, i) => ({
      ...entry,
      milliseconds: Number(times[2 * i + 1]! - times[2 * i]!) / 1e6,
    }))
  }

  close(): void {
    this.querySet.destroy()
  }
}
