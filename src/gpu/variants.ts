// Determines the variants that a device can run, and its defaults.
import type { MatrixShape } from './matrix-units'
import { VARIANT_ROWS, type Need, type VariantRow } from './variant-table'

/** The kernels whose variants are chosen together. */
export type KernelFamily = keyof typeof VARIANT_ROWS

/** The chosen variant of every family, by its name in the table. Which is quickest depends on the adapter. */
export type Variants = { readonly [F in KernelFamily]: (typeof VARIANT_ROWS)[F][number]['name'] }

export const FAMILIES = [
  'linear',
  'attention',
  'norms',
  'convolution',
] as const satisfies readonly KernelFamily[]

/** Variants that every GPU can run. */
export const GPU_VARIANTS: Variants = { linear: '64', attention: 'tile', norms: 'tile', convolution: 'tile' }

const DIRECT: Variants = {
  linear: 'direct4',
  attention: 'direct4',
  norms: 'direct4',
  convolution: 'direct4',
}

/** Adapters that run shaders on the CPU, by their description. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i

/** Whether the adapter of that description is a CPU. */
export function isSoftware(adapter: string): boolean {
  return SOFTWARE.test(adapter)
}

/** The facts about a device that determine its variants. */
export interface VariantDevice {
  readonly features: ReadonlySet<string>
  readonly storage: 'f16' | 'f32'
  /** The smallest subgroup size; four where it is unknown. */
  readonly subgroupSize?: number | undefined
  readonly matrixShape?: MatrixShape | undefined
}

const HAS: Readonly<Record<Need, (device: VariantDevice) => boolean>> = {
  'f16 storage': ({ storage }) => storage === 'f16',
  subgroups: ({ features }) => features.has('subgroups'),
  'subgroups of 8': ({ features, subgroupSize = 4 }) => features.has('subgroups') && subgroupSize >= 8,
  'matrices of 16×16×16': ({ matrixShape }) => matrixShape === '16x16x16',
  'matrices of 8×16×16': ({ matrixShape }) => matrixShape === '8x16x16',
  'matrices of 8×8×8': ({ matrixShape }) => matrixShape === '8x8x8',
}

/** The variant, of every family but norms, for matrix units of that shape. */
export function matrixVariant(shape: MatrixShape) {
  return shape === '16x16x16' ? 'subgroup_matrix' : (`subgroup_matrix_${shape}` as const)
}

/** The variants of a family that can run on the device, in the order in which they are tried. */
export function runnableVariants<F extends KernelFamily>(family: F, device: VariantDevice): Variants[F][] {
  const rows: readonly VariantRow[] = VARIANT_ROWS[family]
  return rows
    .filter(({ needs }) => needs.every((need) => HAS[need](device)))
    .map(({ name }) => name as Variants[F])
}

/** The default variants, before any measurement. @param subgroupSize the smallest */
export function defaultVariants(
  adapter: string,
  features: ReadonlySet<string>,
  subgroupSize?: number,
): Variants {
  const device: VariantDevice = { features, storage: 'f32', subgroupSize }
  if (!isSoftware(adapter) || !HAS.subgroups(device)) return GPU_VARIANTS
  const direct: Variants = {
    ...DIRECT,
    ...(HAS['subgroups of 8'](device) && { linear: 'direct8', attention: 'direct8' }),
  }
  return /swiftshader/i.test(adapter) ? { ...direct, convolution: 'direct_strips' } : direct
}
