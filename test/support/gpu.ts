// A device and ops for a test, on every adapter and storage type of this machine.
import { openGpu, type Gpu } from '../../src/gpu/device'
import { openOps, type Ops } from '../../src/gpu/ops'
import type { Recorder } from '../../src/gpu/recorder'
import {
  GPU_VARIANTS,
  matrixVariant,
  runnableVariants,
  type KernelFamily,
  type Variants,
} from '../../src/gpu/variants'
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

/** Frees what the tests of a file left on the devices, which the next file of this process uses too. */
export async function freeTestGpus(): Promise<void> {
  for (const { ops } of await Promise.all(opened.values())) {
    ops.recorder.discard()
    ops.pool.releaseSince(new Set())
    ops.pool.trim()
    ops.pool.resetHighWater()
  }
}

/** Every variant of a family that the GPUs here can run, on every one of them. */
export async function variantRuns<F extends KernelFamily>(
  family: F,
): Promise<{ gpuCase: GpuCase; name: string; variant: Variants[F] }[]> {
  const runs = gpuCases().map(async (gpuCase) => {
    const { device, storage, subgroupSize, matrixShape } = (await testGpu(gpuCase)).gpu
    return runnableVariants(family, { features: device.features, storage, subgroupSize, matrixShape }).map(
      (variant) => ({
        gpuCase,
        name: gpuCase.name,
        variant,
      }),
    )
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

/**
 * The variants for GPUs: tiles, that multiply in f16 where activations are stored so, and matrix units on GPUs that
 * have them.
 */
export async function gpuVariantCases(cases: readonly GpuCase[]): Promise<VariantCase[]> {
  const found = cases.map(async (gpuCase): Promise<VariantCase[]> => {
    const { storage, matrixShape } = (await testGpu(gpuCase)).gpu
    const tiles: Variants =
      storage === 'f16' ? { ...GPU_VARIANTS, attention: 'tile_f16', convolution: 'tile_f16' } : GPU_VARIANTS
    const found: VariantCase[] = [
      { gpuCase, name: `${gpuCase.name}, tiles`, variants: tiles, onMatrixUnits: false },
    ]
    if (storage === 'f16' && matrixShape) {
      const name = matrixVariant(matrixShape)
      const variants: Variants = { ...GPU_VARIANTS, linear: name, attention: name, convolution: name }
      found.push({ gpuCase, name: `${gpuCase.name}, matrix units`, variants, onMatrixUnits: true })
    }
    return found
  })
  return (await Promise.all(found)).flat()
}
