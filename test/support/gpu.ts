// A device and ops for a test, on every adapter and storage type of this machine.
import { openGpu, type Gpu } from '../../src/gpu/device'
import { openOps, type Ops } from '../../src/gpu/ops'
import type { Recorder } from '../../src/gpu/recorder'
import { TILES, type Variants } from '../../src/gpu/variants'
import { nodeGpu } from './adapter'
import type { GpuCase } from './gpu-cases'

export { gpuCases } from './gpu-cases'

const BINDING_BYTES = 128 * 1024 * 1024

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

/** The same ops with other loops in the kernels. */
export function withVariants<T extends Ops>(ops: T, variants: Partial<Variants>): T {
  return { ...ops, variants: { ...ops.variants, ...variants } }
}

/** The same ops with the loops for GPUs, that multiply in f16 where activations are stored so. */
export function withTiles<T extends Ops>(ops: T): T {
  return withVariants(ops, ops.storage === 'f16' ? { ...TILES, attention: 'tile_f16', convolution: 'tile_f16' } : TILES)
}
