import type { Gpu } from '../device'
import { FAMILIES, isSoftware, runnableVariants, type KernelFamily, type Variants } from '../variants'

/** The candidates of each family, with the default first. */
export type Candidates = { readonly [F in KernelFamily]: readonly [Variants[F], ...Variants[F][]] }

/** The facts about a device that determine the tried variants. */
export type CandidateDevice = Pick<Gpu, 'adapter' | 'storage' | 'variants' | 'matrixShape'> & {
  readonly device: { readonly features: ReadonlySet<string> }
}

function ofFamily<F extends KernelFamily>(
  { adapter, storage, variants, device, matrixShape }: CandidateDevice,
  family: F,
): readonly [Variants[F], ...Variants[F][]] {
  const first = variants[family]
  // The few adapters that are a CPU behave alike everywhere: their variants were measured and are the defaults.
  if (isSoftware(adapter)) return [first]
  const runnable = runnableVariants(family, { features: device.features, storage, matrixShape })
  return [first, ...runnable.filter((name) => name !== first)]
}

export function candidatesFor(gpu: CandidateDevice): Candidates {
  return {
    linear: ofFamily(gpu, 'linear'),
    attention: ofFamily(gpu, 'attention'),
    norms: ofFamily(gpu, 'norms'),
    convolution: ofFamily(gpu, 'convolution'),
  }
}

/** Families with more than one candidate. */
export function familiesWithChoice(candidates: Candidates): readonly KernelFamily[] {
  return FAMILIES.filter((family) => candidates[family].length > 1)
}

/** The default variants: every family's first. */
export function firstOf({ linear, attention, norms, convolution }: Candidates): Variants {
  return { linear: linear[0], attention: attention[0], norms: norms[0], convolution: convolution[0] }
}
