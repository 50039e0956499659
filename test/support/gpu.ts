// A device and ops for a test, on every adapter and storage type of this machine.
import { openGpu, type Gpu } from '../../src/gpu/device'
import { MATRIX_UNITS } from '../../src/gpu/matrix-units'
import { openOps, type Ops } from '../../src/gpu/ops'
import type { Recorder } from '../../src/gpu/recorder'
import { GPU_VARIANTS, runnableVariants, type KernelFamily, type Variants } from '../../src/gpu/variants'
import { nodeGpu } from './adapter'
import { gpuCases, type GpuCase } from './gpu-cases'
import { withHashes } from './hashes'

export { gpuCases }

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
      .then((device) => ({ gpu: device, ops: withHashes(openOps(device), name) }))
    opened.set(name, gpu)
  }
  return gpu
}

/** Every variant of a family that the GPUs here can run, on every one of them. */
export async function variantRuns<F extends KernelFamily>(
  family: F,
): Promise<{ gpuCase: GpuCase; name: string; variant: Variants[F] }[]> {
  const runs = gpuCases().map(async (gpuCase) => {
    const { device, storage, subgroupSize } = (await testGpu(gpuCase)).gpu
    return runnableVariants(family, { features: device.features, storage, subgroupSize }).map((variant) => ({
      gpuCase,
      name: gpuCase.name,
      variant,
    }))
  })
  return (await Promise.all(runs)).flat()
}

/** The same ops with other variants of the kernels. */
export function withVariants<T extends Ops>(ops: T, variants: Partial<Variants>): T {
  return { ...ops, variants: { ...ops.variants, ...variants } }
}

export interface VariantCase {
  readonly gpuCase: GpuCase
  readonly name: string
  readonly variants: Variants
  readonly onMatrixUnits: boolean
}

/** The variants for GPUs: tiles, that multiply in f16 where activations are stored so, and matrix units on GPUs that have them. */
export async function gpuVariantCases(cases: readonly GpuCase[]): Promise<VariantCase[]> {
  const found = cases.map(async (gpuCase): Promise<VariantCase[]> => {
    const { device, storage } = (await testGpu(gpuCase)).gpu
    const tiles: Variants =
      storage === 'f16' ? { ...GPU_VARIANTS, attention: 'tile_f16', convolution: 'tile_f16' } : GPU_VARIANTS
    const matrices: Variants = {
      ...GPU_VARIANTS,
      linear: 'subgroup_matrix',
      attention: 'subgroup_matrix',
      convolution: 'subgroup_matrix',
    }
    return [
      { gpuCase, name: `${gpuCase.name}, tiles`, variants: tiles, onMatrixUnits: false },
      ...(storage === 'f16' && device.features.has(MATRIX_UNITS)
        ? [{ gpuCase, name: `${gpuCase.name}, matrix units`, variants: matrices, onMatrixUnits: true }]
        : []),
    ]
  })
  return (await Promise.all(found)).flat()
}
