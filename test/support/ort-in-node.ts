// What onnxruntime-web expects of a browser, and Node does not give it.

/** onnxruntime-web asks whether an adapter exists, and then uses the caller's device. */
function giveNavigator(): void {
  const known = Reflect.get(globalThis, 'navigator') as object | undefined
  if (known && 'gpu' in known) return
  Object.defineProperty(globalThis, 'navigator', { value: { ...known, gpu: { requestAdapter: async () => ({}) } }, configurable: true })
}

/**
 * Makes a device of Dawn in Node fit for onnxruntime-web: it writes from its wasm memory, a SharedArrayBuffer, which
 * Dawn's binding refuses and browsers take. Such data is copied first.
 */
export function fitForOrt(device: GPUDevice): GPUDevice {
  giveNavigator()
  const { queue } = device
  const writeBuffer = queue.writeBuffer.bind(queue)
  queue.writeBuffer = (buffer, bufferOffset, data, dataOffset = 0, size) => {
    const view = ArrayBuffer.isView(data)
    const shared = view ? data.buffer : data
    if (!(shared instanceof SharedArrayBuffer)) return writeBuffer(buffer, bufferOffset, data, dataOffset, size)
    // Offsets count elements of a typed array, and bytes of all else.
    const unit = view && 'BYTES_PER_ELEMENT' in data ? Number(data.BYTES_PER_ELEMENT) : 1
    const start = (view ? data.byteOffset : 0) + dataOffset * unit
    const bytes = size === undefined ? data.byteLength - dataOffset * unit : size * unit
    return writeBuffer(buffer, bufferOffset, new Uint8Array(shared, start, bytes).slice())
  }
  return device
}
