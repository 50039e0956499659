import type { Gpu } from '../device'
import { FAMILIES, isSoftware, runnableVariants, type KernelFamily, type Variants } from '../variants'

/** The variants that may be chosen, of each family, the one to begin with first. */
export type Candidates = { readonly [F in KernelFamily]: readonly [Variants[F], ...Variants[F][]] }

/** What of a device decides which variants are tried on it. */
export type CandidateDevice = Pick<Gpu, 'adapter' | 'storage' | 'variants'> & {
  readonly device: { readonly features: ReadonlySet<string> }
}

function ofFamily<F extends KernelFamily>(
  { adapter, storage, variants, device }: CandidateDevice,
  family: F,
): readonly [Variants[F], ...Variants[F][]] {
  const first = variants[family]
  // The few adapters that are a CPU behave alike everywhere: their variants were measured and stand in `defaultVariants`.
  if (isSoftware(adapter)) return [first]
  const runnable = runnableVariants(family, { features: device.features, storage })
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

/** Families that leave a choice. */
export function familiesWithChoice(candidates: Candidates): readonly KernelFamily[] {
  return FAMILIES.filter((family) => candidates[family].length > 1)
}

/** The variants to begin with: every family's first. */
export function firstOf({ linear, attention, norms, convolution }: Candidates): Variants {
  return { linear: linear[0], attention: attention[0], norms: norms[0], convolution: convolution[0] }
}
