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

/** Lanes of a subgroup, side of a matrix, and bytes of workgroup memory that the loops named `matrix` are written for. */
const SUBGROUP = 32
const SIDE = 16
const WORKGROUP_BYTES = 48 * 1024

/** Whether the adapter multiplies 16 × 16 matrices of f16 into f32, by subgroups of 32. */
export function hasMatrixUnits({
  features,
  info,
  limits,
}: Pick<GPUAdapter, 'features' | 'info' | 'limits'>): boolean {
  if (!features.has(MATRIX_UNITS) || !features.has('subgroups') || !features.has('shader-f16')) return false
  if (info.subgroupMinSize !== SUBGROUP || info.subgroupMaxSize !== SUBGROUP) return false
  if (limits.maxComputeWorkgroupStorageSize < WORKGROUP_BYTES) return false
  const configs = (Reflect.get(info, 'subgroupMatrixConfigs') ?? []) as Iterable<MatrixConfig>
  return [...configs].some(
    ({ componentType, resultComponentType, M, N, K }) =>
      componentType === 'f16' && resultComponentType === 'f32' && M === SIDE && N === SIDE && K === SIDE,
  )
}
