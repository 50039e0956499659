// A device and ops for a test, on every adapter and storage type of this machine.
import { openGpu, type Gpu, type Storage } from '../../src/gpu/device'
import { openOps, type Ops } from '../../src/gpu/ops'
import type { Recorder } from '../../src/gpu/recorder'
import { installedAdapters, nodeGpu, type AdapterName } from './adapter'

export interface GpuCase {
  readonly name: string
  readonly adapter: AdapterName
  readonly storage: Storage
}

const BINDING_BYTES = 128 * 1024 * 1024

/** f32 on every software adapter, f16 on lavapipe, which alone has shader-f16. `ZOETROPE_GPU=system` takes the machine's own GPU. */
export function gpuCases(): GpuCase[] {
  if (process.env['ZOETROPE_GPU'] === 'system') {
    return (['f32', 'f16'] as const).map((storage) => ({ name: `system ${storage}`, adapter: 'system', storage }))
  }
  const adapters = installedAdapters()
  if (adapters.length === 0) throw new Error('No software GPU found: install Chromium (SwiftShader) or Mesa 25 (lavapipe).')
  return adapters.flatMap((adapter) =>
    (adapter === 'llvmpipe' ? (['f32', 'f16'] as const) : (['f32'] as const)).map((storage) => ({ name: `${adapter} ${storage}`, adapter, storage })),
  )
}

export interface TestGpu {
  readonly gpu: Gpu
  readonly ops: Ops & { readonly recorder: Recorder }
}

const opened = new Map<string, Promise<TestGpu>>()

/** One device a case and process. Bindings are held to the 128 MiB that every WebGPU device has. */
export function testGpu({ name, adapter, storage }: GpuCase): Promise<TestGpu> {
  let gpu = opened.get(name)
  if (!gpu) {
    gpu = nodeGpu(adapter)
      .then((webgpu) => openGpu(webgpu, { storage, maxBindingBytes: BINDING_BYTES }))
      .then((device) => ({ gpu: device, ops: openOps(device) }))
    opened.set(name, gpu)
  }
  return gpu
}
