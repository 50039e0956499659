import type { Gpu } from '../../gpu/device'
import type { Ops } from '../../gpu/ops'
import { candidatesFor } from '../../gpu/tuner/candidates'
import type { CheckLine } from '../../protocol/check'
import type { WeightFile } from '../../weights/weight-file'
import { judged, judgedBytes, relativeError } from './compare'
import { KERNEL_CASES, type KernelCase } from './kernel-cases'

/** A kernel in one of the variants that this GPU may use. */
interface Trial {
  readonly name: string
  readonly ops: Ops
  readonly kernel: KernelCase
}

export function kernelTrials(gpu: Gpu, ops: Ops, cases: readonly KernelCase[] = KERNEL_CASES): Trial[] {
  const candidates = candidatesFor(gpu)
  return cases.flatMap((kernel): Trial[] => {
    const { name, family } = kernel
    if (family === undefined) return [{ name, ops, kernel }]
    return candidates[family].map((variant) => ({
      name: `${name}, ${variant}`,
      ops: { ...ops, variants: { ...ops.variants, [family]: variant } },
      kernel,
    }))
  })
}

/** Holds one kernel against its reference. @throws what the GPU throws */
export async function checkKernel(
  { name, ops, kernel }: Trial,
  goldens: WeightFile,
  signal?: AbortSignal,
): Promise<CheckLine> {
  const expected = await goldens.floats(kernel.name)
  const y = kernel.run(ops)
  try {
    if (kernel.isBytes !== true)
      return judged(name, relativeError(await ops.read(y, signal), expected), 'kernel', ops.storage)
    const bytes = (await ops.readBytes(y, signal)).subarray(0, expected.length)
    return judgedBytes(name, bytes, expected, ops.storage)
  } finally {
    ops.release(y)
  }
}
