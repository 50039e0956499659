/** Counts the bytes of a device's buffers. */
export interface BufferMeter {
  /** Existing now. */
  readonly live: number
  /** The most that existed at once. */
  readonly peak: number
  stop(): void
}

/**
 * Counts every buffer from its creation to its destruction from now on, whoever creates it: the only way to measure
 * another library. A buffer that is dropped without being destroyed counts to the end.
 */
export function watchBuffers(device: GPUDevice): BufferMeter {
  const before = Object.getOwnPropertyDescriptor(device, 'createBuffer')
  const create = device.createBuffer.bind(device)
  let live = 0
  let peak = 0
  const watched = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const buffer = create(descriptor)
    const destroy = buffer.destroy.bind(buffer)
    let bytes = descriptor.size
    live += bytes
    peak = Math.max(peak, live)
    const release = (): undefined => {
      live -= bytes
      bytes = 0
      return destroy()
    }
    Object.defineProperty(buffer, 'destroy', { value: release, configurable: true })
    return buffer
  }
  Object.defineProperty(device, 'createBuffer', { value: watched, configurable: true })
  return {
    get live() {
      return live
    },
    get peak() {
      return peak
    },
    stop() {
      if (before) Object.defineProperty(device, 'createBuffer', before)
      else Reflect.deleteProperty(device, 'createBuffer')
    },
  }
}
