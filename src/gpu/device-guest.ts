import { unlessLost } from '../protocol/unless-lost'
import type { Allocation } from './buffer-pool'
import { lostError } from './device'
import { GpuError } from './errors'
import { memoryWatch, type MemoryWatch } from './memory-watch'

/**
 * Our side of a device to which another library (onnxruntime) submits: writes, error scopes, and the loss of the
 * device. Its work is not recorded here.
 */
export class DeviceGuest {
  /** Rejects when the device is lost; never resolves. */
  private readonly lost: Promise<never>
  private readonly memory: MemoryWatch

  constructor(private readonly device: GPUDevice) {
    this.memory = memoryWatch(device)
    this.lost = device.lost.then((info) => {
      throw lostError(info)
    })
    this.lost.catch(() => {}) // Handled by those who race with it.
  }

  /** Settles like the promise, or with the loss of the device, whichever comes first. */
  race<T>(promise: Promise<T>): Promise<T> {
    return unlessLost(promise, this.lost)
  }

  /** @throws GpuError `limit` when a binding of this size cannot exist. */
  checkBinding(bytes: number, label: string, wayOut: string): void {
    const allowed = this.device.limits.maxStorageBufferBindingSize
    if (bytes > allowed)
      throw new GpuError(
        'limit',
        `${label} needs ${bytes} bytes; this GPU allows bindings of ${allowed}. ${wayOut}`,
      )
  }

  /** Fills a buffer from its start, after everything submitted before. */
  write({ buffer, bytes }: Allocation, data: ArrayBufferView<ArrayBuffer>): void {
    if (!buffer || data.byteLength > bytes || data.byteLength % 4 !== 0) {
      throw new RangeError(
        `${data.byteLength} bytes cannot be written to a GPU buffer of ${buffer ? bytes : 0}; whole words that fit are needed.`,
      )
    }
    this.memory.during(() =>
      this.device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength),
    )
  }

  /** Resolves when the GPU has finished everything submitted. */
  finished(): Promise<void> {
    return this.race<void>(this.device.queue.onSubmittedWorkDone())
  }

  /**
   * Runs `body`, catching the device's errors.
   * @throws GpuError `out-of-memory` | `validation`, before any error of `body`.
   */
  async guarded<T>(body: () => Promise<T>): Promise<T> {
    this.device.pushErrorScope('out-of-memory')
    this.device.pushErrorScope('validation')
    const outcome = await Promise.allSettled([this.race(body())])
    const [validation, atRun, before] = await this.race(
      Promise.all([this.device.popErrorScope(), this.device.popErrorScope(), this.memory.refusal()]),
    )
    const memory = before ?? atRun
    if (memory)
      throw new GpuError(
        'out-of-memory',
        `The GPU ran out of memory. Choose a smaller model or close other tabs. (${memory.message})`,
      )
    if (validation) throw new GpuError('validation', `WebGPU refused a command: ${validation.message}`)
    if (outcome[0].status === 'rejected') throw outcome[0].reason
    return outcome[0].value
  }
}
