/**
 * Milliseconds that the queue takes for some work, whoever submits it: between two timestamps of the GPU where it has
 * them, else until the queue is done.
 */
export class Clock {
  private readonly querySet: GPUQuerySet | undefined

  constructor(private readonly device: GPUDevice) {
    if (device.features.has('timestamp-query')) this.querySet = device.createQuerySet({ label: 'bench', type: 'timestamp', count: 2 })
  }

  async time(work: () => Promise<void>): Promise<number> {
    await this.device.queue.onSubmittedWorkDone()
    const began = performance.now()
    this.mark(0)
    await work()
    this.mark(1)
    await this.device.queue.onSubmittedWorkDone()
    const waited = performance.now() - began
    const stamped = await this.between()
    // Timestamps cannot say more than the time that passed; some drivers write none for an empty pass.
    return stamped !== undefined && stamped > 0 && stamped <= waited ? stamped : waited
  }

  /** When all before it has ended: an empty pass whose end is stamped. */
  private mark(index: number): void {
    if (!this.querySet) return
    const encoder = this.device.createCommandEncoder()
    encoder.beginComputePass({ timestampWrites: { querySet: this.querySet, endOfPassWriteIndex: index } }).end()
    this.device.queue.submit([encoder.finish()])
  }

  private async between(): Promise<number | undefined> {
    if (!this.querySet) return undefined
    const resolved = this.device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
    const readable = this.device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const encoder = this.device.createCommandEncoder()
    encoder.resolveQuerySet(this.querySet, 0, 2, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16)
    this.device.queue.submit([encoder.finish()])
    await readable.mapAsync(GPUMapMode.READ)
    const [first, last] = new BigUint64Array(readable.getMappedRange().slice(0))
    resolved.destroy()
    readable.destroy()
    return Number(last! - first!) / 1e6
  }
}
