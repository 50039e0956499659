// A GPU that has nothing to do lowers its clocks, and needs some 100 ms of work before they are back up.
import { createMicroKernel, type MicroKernel } from './micro-kernel'
import { fmaCode } from './peak-code'

/** Idle for longer, and the clocks must be raised anew. */
const IDLE_MS = 20
/** Work that raises them. */
const RAISE_MS = 150
/** Work that bridges the pause between two samples. */
const BRIDGE_MS = 4
const MOST_DISPATCHES = 4096

/** Keeps a GPU at full clocks by multiplying for nothing. */
export class Heat {
  /** Dispatches that take `BRIDGE_MS`, as far as is known. */
  private dispatches = 1
  private busyUntil = -Infinity

  private constructor(
    private readonly queue: GPUQueue,
    private readonly kernel: MicroKernel,
  ) {}

  /** @param workgroups enough for the largest GPU; a dispatch of them is to take well under `BRIDGE_MS` */
  static async open(device: GPUDevice, workgroups = 8192): Promise<Heat> {
    return new Heat(
      device.queue,
      await createMicroKernel(device, { label: 'heat', code: fmaCode('f32'), workgroups, loops: 256 }),
    )
  }

  /** Raises the clocks where they may have fallen, then queues a little more work: what follows it begins without a pause. */
  async apply(): Promise<void> {
    if (performance.now() - this.busyUntil > IDLE_MS) await this.raise()
    this.kernel.submit(this.dispatches)
  }

  /** The GPU has worked until now. */
  worked(): void {
    this.busyUntil = performance.now()
  }

  /** Two submits are on their way at any time, so that the GPU never waits for the next. */
  private async raise(): Promise<void> {
    let now = performance.now()
    const end = now + RAISE_MS
    let running: { readonly done: Promise<unknown>; readonly count: number } | undefined
    while (now < end) {
      const count = this.dispatches
      this.kernel.submit(count)
      const next = { done: this.queue.onSubmittedWorkDone(), count }
      if (running) {
        await running.done
        const each = (performance.now() - now) / running.count
        // One turn says little: it may have waited for JavaScript.
        this.dispatches = Math.max(1, Math.min(MOST_DISPATCHES, 2 * count, Math.round(BRIDGE_MS / each)))
      }
      running = next
      now = performance.now()
    }
    await running?.done
  }
}
