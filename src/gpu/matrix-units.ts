// Subgroup matrices: a GPU's matrix units in WGSL. Experimental: Dawn offers them behind a flag, Chrome behind
// chrome://flags/#enable-unsafe-webgpu.

/** Dawn's name for the feature. A device has it only where the kernels' matrices fit. */
export const MATRIX_UNITS = 'chromium-experimental-subgroup-matrix'

interface MatrixConfig {
  readonly componentType: string
  readonly resultComponentType: string
  readonly M: number
  readonly N: number
  readonly K: number
}

/** Matrices M × K times K × N of f16, summed in f32, that the kernels can use, the quickest first. */
export const MATRIX_SHAPES = ['16x16x16', '8x16x16', '8x8x8'] as const
export type MatrixShape = (typeof MATRIX_SHAPES)[number]

/** Lanes of a subgroup, and bytes of workgroup memory, that the loops `subgroup_matrix` are written for. */
const SUBGROUP = 32
const WORKGROUP_BYTES = 48 * 1024

/**
 * The matrices that the adapter multiplies, by subgroups of 32; undefined where it has none that the kernels can use.
 */
export function matrixShapeOf({
  features,
  info,
  limits,
}: Pick<GPUAdapter, 'features' | 'info' | 'limits'>): MatrixShape | undefined {
  if (!features.has(MATRIX_UNITS) || !features.has('subgroups') || !features.has('shader-f16'))
    return undefined
  if (info.subgroupMinSize !== SUBGROUP || info.subgroupMaxSize !== SUBGROUP) return undefined
  if (limits.maxComputeWorkgroupStorageSize < WORKGROUP_BYTES) return undefined
  const configs = (Reflect.get(info, 'subgroupMatrixConfigs') ?? []) as Iterable<MatrixConfig>
  const found = [...configs]
    .filter(
      ({ componentType, resultComponentType }) => componentType === 'f16' && resultComponentType === 'f32',
    )
    .map(({ M, N, K }) => `${M}x${N}x${K}`)
  return MATRIX_SHAPES.find((shape) => found.includes(shape))
}
