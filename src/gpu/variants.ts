/**
 * How the inner loop of a kernel is written. All variants of a kernel give the same result; which is quickest depends on
 * the adapter. `quads` needs the feature `subgroups`, and inputs whose rows are a multiple of 4 long.
 *
 * - `quads`: no workgroup memory, loads shared by four lanes; for adapters that are a CPU.
 * - the others: tiles in workgroup memory, for GPUs; a number is the tile's side.
 */
export interface Variants {
  readonly linear: 'quads' | '64' | '128'
  readonly attention: 'quads' | 'tile'
  readonly norms: 'quads' | 'tile'
  /** `strips` are quads that load the pixels of three taps at once. */
  readonly convolution: 'quads' | 'strips' | 'tile'
}

/** Kernels whose loop is chosen together. */
export type Family = keyof Variants

export const TILES: Variants = { linear: '64', attention: 'tile', norms: 'tile', convolution: 'tile' }

const QUADS: Variants = { linear: 'quads', attention: 'quads', norms: 'quads', convolution: 'quads' }

/** Adapters that run shaders on the CPU, by their description. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i

/** Whether the adapter of that description is a CPU. */
export function isSoftware(adapter: string): boolean {
  return SOFTWARE.test(adapter)
}

/** The variants to begin with, before anything was measured. */
export function defaultVariants(adapter: string, features: ReadonlySet<string>): Variants {
  if (!isSoftware(adapter) || !features.has('subgroups')) return TILES
  return /swiftshader/i.test(adapter) ? { ...QUADS, convolution: 'strips' } : QUADS
}

/** Whether lanes can share loads by `quadBroadcast`. */
function hasQuads(features: ReadonlySet<string>): boolean {
  return features.has('subgroups')
}

/** The loops of a family that may be tried on a device of these features. */
export function linearCandidates(features: ReadonlySet<string>): Variants['linear'][] {
  return hasQuads(features) ? ['64', '128', 'quads'] : ['64', '128']
}

export function attentionCandidates(features: ReadonlySet<string>): Variants['attention'][] {
  return hasQuads(features) ? ['tile', 'quads'] : ['tile']
}

export function normsCandidates(features: ReadonlySet<string>): Variants['norms'][] {
  return hasQuads(features) ? ['tile', 'quads'] : ['tile']
}

export function convolutionCandidates(features: ReadonlySet<string>): Variants['convolution'][] {
  return hasQuads(features) ? ['tile', 'quads', 'strips'] : ['tile']
}

/** How the kernels that normalise rows share them among lanes, as in `shared/row_sum_*.wgsl`. */
export function rowSum({ variants }: { readonly variants: Variants }, rows: number) {
  const quads = variants.norms === 'quads'
  return { imports: { row_sum: quads ? 'row_sum_quad' : 'row_sum_workgroup' }, grid: [quads ? Math.ceil(rows / 4) : rows, 1, 1] } as const
}
