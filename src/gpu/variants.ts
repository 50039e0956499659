import { MATRIX_UNITS } from './matrix-units'

/**
 * How the inner loop of a kernel is written. All variants of a kernel give the same result; which is quickest depends on
 * the adapter. Which there are for a device is said by `linearCandidates` and the like; a kernel whose inputs have rows
 * that are no multiple of 4 long takes a tile where `quads` are chosen.
 *
 * - `quads`: no workgroup memory, loads shared by four lanes; for adapters that are a CPU. `octs`: by eight lanes.
 * - the others: tiles in workgroup memory, for GPUs; a number is the tile's side.
 * - `_f16`: a tile that multiplies in f16 and adds a few dozen products there, and their sums in f32. Its relative error is
 *   about 1e-3, that of storing a result in f16.
 * - `matrix`: on matrix units, products of f16 and sums of f32, for f16 storage; a call whose shape does not suit takes a
 *   tile.
 */
export interface Variants {
  readonly linear: 'quads' | 'octs' | '64' | '128' | '64_f16' | '128_f16' | 'matrix'
  /** `octs` take heads of more than 128 columns, quads the others. */
  readonly attention: 'quads' | 'octs' | 'tile' | 'tile_f16' | 'matrix'
  readonly norms: 'quads' | 'tile'
  /** `strips` are quads of four rows that load the pixels of three taps at once, one frame a call. */
  readonly convolution: 'quads' | 'strips' | 'tile' | 'tile_f16' | 'matrix'
}

/** The kernels whose loops are chosen together. */
export type Family = keyof Variants

export const TILES: Variants = { linear: '64', attention: 'tile', norms: 'tile', convolution: 'tile' }

const QUADS: Variants = { linear: 'quads', attention: 'quads', norms: 'quads', convolution: 'quads' }

/** Adapters that run shaders on the CPU, by their description. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i

/** Whether the adapter of that description is a CPU. */
export function isSoftware(adapter: string): boolean {
  return SOFTWARE.test(adapter)
}

/** Lanes that every subgroup has, where the adapter does not say. */
const LEAST_SUBGROUP = 4

/** The variants to begin with, before anything was measured. @param subgroupSize the least that the adapter gives */
export function defaultVariants(
  adapter: string,
  features: ReadonlySet<string>,
  subgroupSize = LEAST_SUBGROUP,
): Variants {
  if (!isSoftware(adapter) || !hasQuads(features)) return TILES
  const quads: Variants = {
    ...QUADS,
    ...(hasOcts(features, subgroupSize) && { linear: 'octs', attention: 'octs' }),
  }
  return /swiftshader/i.test(adapter) ? { ...quads, convolution: 'strips' } : quads
}

/** Whether lanes can share loads by `quadBroadcast`. */
function hasQuads(features: ReadonlySet<string>): boolean {
  return features.has('subgroups')
}

function hasOcts(features: ReadonlySet<string>, subgroupSize: number): boolean {
  return hasQuads(features) && subgroupSize >= 8
}

function hasMatrices(features: ReadonlySet<string>, storage: 'f16' | 'f32'): boolean {
  return storage === 'f16' && features.has(MATRIX_UNITS)
}

/** The loops of linear layers that can run on a device with these features, on activations of that type. @param subgroupSize as for `defaultVariants` */
export function linearCandidates(
  features: ReadonlySet<string>,
  storage: 'f16' | 'f32',
  subgroupSize = LEAST_SUBGROUP,
): Variants['linear'][] {
  return [
    '64',
    '128',
    ...(storage === 'f16' ? (['64_f16', '128_f16'] as const) : []),
    ...(hasMatrices(features, storage) ? (['matrix'] as const) : []),
    ...(hasQuads(features) ? (['quads'] as const) : []),
    ...(hasOcts(features, subgroupSize) ? (['octs'] as const) : []),
  ]
}

function tileCandidates(features: ReadonlySet<string>, storage: 'f16' | 'f32') {
  return [
    'tile',
    ...(storage === 'f16' ? (['tile_f16'] as const) : []),
    ...(hasMatrices(features, storage) ? (['matrix'] as const) : []),
  ] as const
}

/** The same of attention. */
export function attentionCandidates(
  features: ReadonlySet<string>,
  storage: 'f16' | 'f32',
  subgroupSize = LEAST_SUBGROUP,
): Variants['attention'][] {
  return [
    ...tileCandidates(features, storage),
    ...(hasQuads(features) ? (['quads'] as const) : []),
    ...(hasOcts(features, subgroupSize) ? (['octs'] as const) : []),
  ]
}

/** The same of convolutions. */
export function convolutionCandidates(
  features: ReadonlySet<string>,
  storage: 'f16' | 'f32',
): Variants['convolution'][] {
  return [...tileCandidates(features, storage), ...(hasQuads(features) ? (['quads', 'strips'] as const) : [])]
}

/** The same of the kernels that normalise rows. */
export function normsCandidates(features: ReadonlySet<string>): Variants['norms'][] {
  return ['tile', ...(hasQuads(features) ? (['quads'] as const) : [])]
}

/** The type that a tile multiplies in, as a file of `shared/`; also where a shape does not suit matrix units. */
export function productsOf(
  variant: Variants['linear' | 'attention' | 'convolution'],
): 'products_f16' | 'products_f32' {
  return variant.endsWith('_f16') || variant === 'matrix' ? 'products_f16' : 'products_f32'
}

/** How the kernels that normalise rows share them among lanes, as in `shared/row_sum_*.wgsl`. */
export function rowSum({ variants }: { readonly variants: Variants }, rows: number) {
  const quads = variants.norms === 'quads'
  return {
    imports: { row_sum: quads ? 'row_sum_quad' : 'row_sum_workgroup' },
    grid: [quads ? Math.ceil(rows / 4) : rows, 1, 1],
  } as const
}
