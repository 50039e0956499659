import type { Gpu, Storage } from '../device'
import { attentionCandidates, convolutionCandidates, isSoftware, linearCandidates, normsCandidates, type Family, type Variants } from '../variants'

/** The loops that may be chosen, of each family, the one to begin with first. */
export type Candidates = { readonly [F in Family]: readonly [Variants[F], ...Variants[F][]] }

const ALLOWED: { readonly [F in Family]: (features: ReadonlySet<string>, storage: Storage) => readonly Variants[F][] } = {
  linear: linearCandidates,
  attention: attentionCandidates,
  norms: normsCandidates,
  convolution: convolutionCandidates,
}

export const FAMILIES = Object.keys(ALLOWED) as readonly Family[]

function ofFamily<F extends Family>({ adapter, device, storage, variants }: CandidateDevice, family: F): readonly [Variants[F], ...Variants[F][]] {
  const first = variants[family]
  // The few adapters that are a CPU behave alike everywhere: their loops were measured and stand in `defaultVariants`.
  if (isSoftware(adapter)) return [first]
  return [first, ...ALLOWED[family](device.features, storage).filter((name) => name !== first)]
}

/** What of a device decides which loops it can run. */
export type CandidateDevice = Pick<Gpu, 'adapter' | 'storage' | 'variants'> & { readonly device: { readonly features: ReadonlySet<string> } }

export function candidatesFor(gpu: CandidateDevice): Candidates {
  return { linear: ofFamily(gpu, 'linear'), attention: ofFamily(gpu, 'attention'), norms: ofFamily(gpu, 'norms'), convolution: ofFamily(gpu, 'convolution') }
}

/** Families that leave a choice. */
export function contested(candidates: Candidates): readonly Family[] {
  return FAMILIES.filter((family) => candidates[family].length > 1)
}

/** The loops to begin with: every family's first. */
export function firstOf({ linear, attention, norms, convolution }: Candidates): Variants {
  return { linear: linear[0], attention: attention[0], norms: norms[0], convolution: convolution[0] }
}
