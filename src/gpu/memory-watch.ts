// Notices where a device has no memory for buffers that are created or filled outside of a drain. Nobody can wait for
// the answer there, and an error outside of any scope is lost.

interface Asked {
  /** Resolves when the device has answered for everything so far. */
  answered: Promise<void>
  refusal: GPUError | undefined
}

const nothingAsked = (): Asked => ({ answered: Promise.resolve(), refusal: undefined })

export class MemoryWatch {
  private asked = nothingAsked()

  constructor(private readonly device: GPUDevice) {}

  /**
   * Runs `body`, which creates or fills a buffer.
   * @param onRefused is called later if there was no memory for it
   */
  during<T>(body: () => T, onRefused?: () => void): T {
    const { asked, device } = this
    device.pushErrorScope('out-of-memory')
    try {
      return body()
    } finally {
      const answer = device.popErrorScope().then(
        (error) => {
          if (!error) return
          asked.refusal ??= error
          onRefused?.()
        },
        () => {}, // The device is lost, which whoever waits for it finds out.
      )
      asked.answered = asked.answered.then(() => answer)
    }
  }

  /** The first refusal since the last call, once the device has answered. */
  async refusal(): Promise<GPUError | undefined> {
    const { asked } = this
    await asked.answered
    const { refusal } = asked
    asked.refusal = undefined
    return refusal
  }

  /** Forgets refusals, also those to come, of what an error has ended already. */
  forget(): void {
    this.asked = nothingAsked()
  }
}

const WATCHES = new WeakMap<GPUDevice, MemoryWatch>()

/** The watch of a device, which all its pools and recorders share. */
export function memoryWatch(device: GPUDevice): MemoryWatch {
  const watch = WATCHES.get(device) ?? new MemoryWatch(device)
  WATCHES.set(device, watch)
  return watch
}
