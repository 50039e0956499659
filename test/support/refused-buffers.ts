// A device without memory for some of its buffers: as in a browser, the caller gets a buffer that is invalid, and the
// error goes to the innermost scope that is open at that moment, or to nobody.

interface Scope {
  readonly filter: GPUErrorFilter
  error: GPUError | undefined
}

/** @param isRefused whether there is no memory for a buffer */
export function refuseBuffers(
  device: GPUDevice,
  isRefused: (descriptor: GPUBufferDescriptor) => boolean,
): void {
  const scopes: Scope[] = []
  const push = device.pushErrorScope.bind(device)
  const pop = device.popErrorScope.bind(device)
  const create = device.createBuffer.bind(device)
  /** A buffer without a usage is as invalid as one without memory. */
  const invalid = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    push('validation')
    const buffer = create({ ...descriptor, usage: 0 })
    void pop()
    return buffer
  }
  Object.defineProperties(device, {
    pushErrorScope: {
      value: (filter: GPUErrorFilter) => {
        scopes.push({ filter, error: undefined })
        push(filter)
      },
    },
    popErrorScope: {
      value: async () => {
        const scope = scopes.pop()
        const error = await pop()
        return scope?.error ?? error
      },
    },
    createBuffer: {
      configurable: true,
      value: (descriptor: GPUBufferDescriptor) => {
        if (!isRefused(descriptor)) return create(descriptor)
        const open = scopes.findLast(({ filter }) => filter === 'out-of-memory')
        if (open) open.error ??= { message: `No memory for ${descriptor.label}.` }
        return invalid(descriptor)
      },
    },
  })
}
