// Keeps GPU clocks up: an idle GPU lowers them, and needs some 100 ms of work to raise them again.
import { createMicroKernel, type MicroKernel } from './micro-kernel'
import { fmaCode } from './peak-code'

/** Idle milliseconds after which the clocks must be raised again. */
const IDLE_MS = 20
/** Milliseconds of work that raise them. */
const RAISE_MS = 150
/** Milliseconds of work that bridge the pause between two samples. */
const BRIDGE_MS = 4
const MOST_DISPATCHES = 4096

/** Keeps a GPU at full clocks by idle multiplications. */
export class Heat {
  /** Estimated number of dispatches that take `BRIDGE_MS`. */
  private dispatches = 1
  private busyUntil = -Infinity

  private constructor(
    private readonly queue: GPUQueue,
    private readonly kernel: MicroKernel,
  ) {}

  /** @param workgroups enough for the largest GPU; one dispatch of them must take well under `BRIDGE_MS` */
  static async open(device: GPUDevice, workgroups = 8192): Promise<Heat> {
    return new Heat(
      device.queue,
      await createMicroKernel(device, { label: 'heat', code: fmaCode('f32'), workgroups, loops: 256 }),
    )
  }

  /**
   * Raises the clocks where they may have fallen, then queues a little more work, so that the next begins without a
   * pause.
   */
  async apply(): Promise<void> {
    if (performance.now() - this.busyUntil > IDLE_MS) await this.raise()
    this.kernel.submit(this.dispatches)
  }

  /** Notes that the GPU has worked until now. */
  worked(): void {
    this.busyUntil = performance.now()
  }

  /** Keeps two submits under way at any time, so that the GPU never waits for the next. */
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
        // A single turn is unreliable: it may have waited for JavaScript.
        this.dispatches = Math.max(1, Math.min(MOST_DISPATCHES, 2 * count, Math.round(BRIDGE_MS / each)))
      }
      running = next
      now = performance.now()
    }
    await running?.done
  }
}
