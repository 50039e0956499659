import type { Gpu } from '../device'
import {
  attentionCandidates,
  convolutionCandidates,
  isSoftware,
  linearCandidates,
  normsCandidates,
  type Family,
  type Variants,
} from '../variants'

/** The loops that may be chosen, of each family, the one to begin with first. */
export type Candidates = { readonly [F in Family]: readonly [Variants[F], ...Variants[F][]] }

export const FAMILIES = ['linear', 'attention', 'norms', 'convolution'] as const satisfies readonly Family[]

/** All loops that a device can run. @param subgroupSize as for `linearCandidates` */
export function runnableLoops(
  { device: { features }, storage }: Pick<CandidateDevice, 'device' | 'storage'>,
  subgroupSize?: number,
): { readonly [F in Family]: readonly Variants[F][] } {
  return {
    linear: linearCandidates(features, storage, subgroupSize),
    attention: attentionCandidates(features, storage, subgroupSize),
    norms: normsCandidates(features),
    convolution: convolutionCandidates(features, storage),
  }
}

function ofFamily<F extends Family>(
  gpu: CandidateDevice,
  family: F,
): readonly [Variants[F], ...Variants[F][]] {
  const first = gpu.variants[family]
  // The few adapters that are a CPU behave alike everywhere: their loops were measured and stand in `defaultVariants`.
  if (isSoftware(gpu.adapter)) return [first]
  return [first, ...runnableLoops(gpu)[family].filter((name) => name !== first)]
}

/** What of a device decides which loops it can run. */
export type CandidateDevice = Pick<Gpu, 'adapter' | 'storage' | 'variants'> & {
  readonly device: { readonly features: ReadonlySet<string> }
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
export function contested(candidates: Candidates): readonly Family[] {
  return FAMILIES.filter((family) => candidates[family].length > 1)
}

/** The loops to begin with: every family's first. */
export function firstOf({ linear, attention, norms, convolution }: Candidates): Variants {
  return { linear: linear[0], attention: attention[0], norms: norms[0], convolution: convolution[0] }
}
