/**
 * How the inner loop of a kernel is written. All variants of a kernel give the same result; which is quickest depends on
 * the adapter. `quads` needs the feature `subgroups`, and inputs whose rows are a multiple of 4 long.
 *
 * - `quads`: no workgroup memory, loads shared by four lanes; for adapters that are a CPU. `octs`: by eight lanes.
 * - the others: tiles in workgroup memory, for GPUs; a number is the tile's side. `f16` multiplies in f16 and adds 32
 *   products there: the result has a relative error of about 1e-3, that of storing it in f16.
 */
export interface Variants {
  readonly linear: 'quads' | 'octs' | '64' | '128' | '64_f16' | '128_f16'
  readonly attention: 'quads' | 'tile'
  readonly norms: 'quads' | 'tile'
  /** `strips` are quads that load the pixels of three taps at once. */
  readonly convolution: 'quads' | 'strips' | 'tile'
}

export const TILES: Variants = { linear: '64', attention: 'tile', norms: 'tile', convolution: 'tile' }

const QUADS: Variants = { linear: 'quads', attention: 'quads', norms: 'quads', convolution: 'quads' }

/** Adapters that run shaders on the CPU, by their description. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i

/** Whether the adapter of that description is a CPU. */
export function isSoftware(adapter: string): boolean {
  return SOFTWARE.test(adapter)
}

/** Lanes that every subgroup has. */
const LEAST_SUBGROUP = 4

interface Needs {
  readonly feature?: string
  readonly subgroupSize?: number
  readonly storage?: 'f16'
}

/** What an adapter must have for a loop of `linear`. */
const LINEAR_NEEDS = {
  quads: { feature: 'subgroups' },
  octs: { feature: 'subgroups', subgroupSize: 8 },
  '64': {},
  '128': {},
  '64_f16': { storage: 'f16' },
  '128_f16': { storage: 'f16' },
} as const satisfies Readonly<Record<Variants['linear'], Needs>>

export const LINEAR_VARIANTS = Object.keys(LINEAR_NEEDS) as readonly Variants['linear'][]

/**
 * The loops of `linear` that can run on a device with these features and activations stored so.
 * @param subgroupSize the least that the adapter gives
 */
export function linearCandidates(features: ReadonlySet<string>, storage: 'f16' | 'f32', subgroupSize = LEAST_SUBGROUP): Variants['linear'][] {
  return LINEAR_VARIANTS.filter((variant) => {
    const needs: Needs = LINEAR_NEEDS[variant]
    if (needs.feature !== undefined && !features.has(needs.feature)) return false
    return subgroupSize >= (needs.subgroupSize ?? 0) && (needs.storage ?? storage) === storage
  })
}

/** The variants to begin with, before anything was measured. */
export function defaultVariants(adapter: string, features: ReadonlySet<string>, subgroupSize = LEAST_SUBGROUP): Variants {
  if (!isSoftware(adapter) || !features.has('subgroups')) return TILES
  const quads: Variants = { ...QUADS, linear: subgroupSize >= LINEAR_NEEDS.octs.subgroupSize ? 'octs' : 'quads' }
  return /swiftshader/i.test(adapter) ? { ...quads, convolution: 'strips' } : quads
}

/** How the kernels that normalise rows share them among lanes, as in `shared/row_sum_*.wgsl`. */
export function rowSum({ variants }: { readonly variants: Variants }, rows: number) {
  const quads = variants.norms === 'quads'
  return { imports: { row_sum: quads ? 'row_sum_quad' : 'row_sum_workgroup' }, grid: [quads ? Math.ceil(rows / 4) : rows, 1, 1] } as const
}
