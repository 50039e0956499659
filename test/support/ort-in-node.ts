// What onnxruntime-web expects of a browser, and Node does not give it.

/** onnxruntime-web asks whether an adapter exists, and then uses the caller's device. */
function giveNavigator(): void {
  const known = Reflect.get(globalThis, 'navigator') as object | undefined
  if (known && 'gpu' in known) return
  Object.defineProperty(globalThis, 'navigator', {
    value: { ...known, gpu: { requestAdapter: async () => ({}) } },
    configurable: true,
  })
}

/**
 * Makes a device of Dawn in Node fit for onnxruntime-web: it writes from its wasm memory, a SharedArrayBuffer, which
 * Dawn's binding refuses and browsers take. Such data is copied first.
 */
export function fitForOrt(device: GPUDevice): GPUDevice {
  giveNavigator()
  const { queue } = device
  const writeBuffer = queue.writeBuffer.bind(queue)
  const writeCopy = (
    buffer: GPUBuffer,
    bufferOffset: number,
    data: AllowSharedBufferSource,
    dataOffset = 0,
    size?: number,
  ): void => {
    const view = ArrayBuffer.isView(data)
    const { buffer: memory, byteOffset } = view ? data : { buffer: data, byteOffset: 0 }
    // Offsets count elements of a typed array, and bytes of all else.
    const unit = view && 'BYTES_PER_ELEMENT' in data ? Number(data.BYTES_PER_ELEMENT) : 1
    const bytes = size === undefined ? data.byteLength - dataOffset * unit : size * unit
    const part = new Uint8Array(memory, byteOffset + dataOffset * unit, bytes)
    writeBuffer(buffer, bufferOffset, memory instanceof SharedArrayBuffer ? part.slice() : part)
  }
  Object.defineProperty(queue, 'writeBuffer', { value: writeCopy, configurable: true })
  return device
}
