/** Bytes of the buffers that were made on a device since it is watched. */
export interface BufferMeter {
  /** The most that existed at once. */
  readonly peak: number
  stop(): void
}

/**
 * Counts every buffer that is made on the device from now on until it is destroyed, whoever makes it: the only way to
 * know what another library takes. A buffer that is dropped and not destroyed counts to the end.
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
    get peak() {
      return peak
    },
    stop() {
      if (before) Object.defineProperty(device, 'createBuffer', before)
      else Reflect.deleteProperty(device, 'createBuffer')
    },
  }
}
