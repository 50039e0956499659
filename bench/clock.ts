import type { Heat } from './heat'

/**
 * Measures the queue's milliseconds for some work, whoever submits it: between two GPU timestamps where available,
 * otherwise until the queue is done.
 */
export class Clock {
  private querySet: GPUQuerySet | undefined

  /** @param heat keeps the device at full clocks; a CPU needs none */
  constructor(
    private readonly device: GPUDevice,
    private readonly heat?: Heat,
  ) {
    if (device.features.has('timestamp-query'))
      this.querySet = device.createQuerySet({ label: 'bench', type: 'timestamp', count: 2 })
  }

  /** @param work submits; called once more where the timestamps turn out to be useless. */
  async time(work: () => Promise<void>): Promise<number> {
    if (this.querySet) {
      const stamped = await this.stamped(this.querySet, work)
      if (stamped !== undefined) return stamped
      this.querySet = undefined
    }
    await this.heat?.apply()
    await this.device.queue.onSubmittedWorkDone()
    const began = performance.now()
    await work()
    await this.device.queue.onSubmittedWorkDone()
    this.heat?.worked()
    return performance.now() - began
  }

  /** Undefined where the timestamps exceed the elapsed time; some drivers write none for an empty pass. */
  private async stamped(querySet: GPUQuerySet, work: () => Promise<void>): Promise<number | undefined> {
    await this.device.queue.onSubmittedWorkDone()
    const began = performance.now()
    await this.heat?.apply()
    this.mark(querySet, 0)
    await work()
    this.mark(querySet, 1)
    await this.device.queue.onSubmittedWorkDone()
    this.heat?.worked()
    const waited = performance.now() - began
    const stamped = await this.between(querySet)
    return stamped > 0 && stamped <= waited ? stamped : undefined
  }

  /** An empty pass whose end is stamped when everything before it has finished. */
  private mark(querySet: GPUQuerySet, index: number): void {
    const encoder = this.device.createCommandEncoder()
    encoder.beginComputePass({ timestampWrites: { querySet, endOfPassWriteIndex: index } }).end()
    this.device.queue.submit([encoder.finish()])
  }

  private async between(querySet: GPUQuerySet): Promise<number> {
    const resolved = this.device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    })
    const readable = this.device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    })
    const encoder = this.device.createCommandEncoder()
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16)
    this.device.queue.submit([encoder.finish()])
    await readable.mapAsync(GPUMapMode.READ)
    const [first, last] = new BigUint64Array(readable.getMappedRange().slice(0))
    resolved.destroy()
    readable.destroy()
    return Number(last! - first!) / 1e6
  }
}
