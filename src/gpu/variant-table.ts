// The variants of the kernels' inner loops, one row each. The wrappers take files and sizes from here, the tuner and
// the bench the names, the tests and docs/kernels.md everything.

/** Matrix units that multiply M×K by K×N of f16, and sum in f32. */
type MatrixNeed = 'matrices of 16×16×16' | 'matrices of 8×16×16' | 'matrices of 8×8×8'

/** What a device must have for a variant. */
export type Need = 'f16 storage' | 'subgroups' | 'subgroups of 8' | MatrixNeed

/** One way to write a family's loop, for calls of a `Shape`. All variants of a family give the same result. */
export interface VariantRow<Shape = never> {
  readonly name: string
  /** A short description. */
  readonly label: string
  readonly needs: readonly Need[]
  /** The files in the slots of the family's shaders. */
  readonly slots: Readonly<Record<string, string>>
  /** Constants of the shader: the workgroup and its part of the output. The grid is computed from the same numbers. */
  readonly sizes: Readonly<Record<string, number>>
  /** Whether it suits a call; by default it suits all. */
  readonly fits?: (shape: Shape) => boolean
  /** The variant for calls that do not suit this one. */
  readonly otherwise?: string
}

/** A product of x with a matrix of `cols` inputs; whether x is stored in f16. */
export interface LinearShape {
  readonly cols: number
  readonly isHalf: boolean
}

export interface AttentionShape {
  readonly headDim: number
}

/** A convolution; `window` is how many taps a side a loop takes at once. */
export interface ConvolutionShape {
  readonly inChannels: number
  readonly outChannels: number
  readonly window: 1 | 3
}

/** Tiles that add a few dozen products in f16, and their sums in f32. Their relative error is about 1e-3. */
const IN_F16 = 'multiplied in f16'

const LINEAR_MATRIX = {
  sizes: { TILE_TOKENS: 128, TILE_ROWS: 128, INVOCATIONS: 128 },
  fits: ({ cols, isHalf }) => isHalf && cols % 4 === 0,
  otherwise: '128',
} as const satisfies Partial<VariantRow<LinearShape>>

/** x·wᵀ. An x in f32 may hold numbers too large for f16. */
export const LINEAR = [
  {
    name: '64',
    label: '64 × 64 outputs through workgroup memory: GPUs',
    needs: [],
    slots: { loop: 'tile', accumulate: 'f32' },
    sizes: { TILE_TOKENS: 64, TILE_ROWS: 64, INVOCATIONS: 64 },
  },
  {
    name: '128',
    label: '128 × 128 outputs through workgroup memory: GPUs with work for all their units',
    needs: [],
    slots: { loop: 'tile', accumulate: 'f32' },
    sizes: { TILE_TOKENS: 128, TILE_ROWS: 128, INVOCATIONS: 256 },
  },
  {
    name: '64_f16',
    label: `64 × 64 outputs, ${IN_F16}`,
    needs: ['f16 storage'],
    slots: { loop: 'tile', accumulate: 'f16' },
    sizes: { TILE_TOKENS: 64, TILE_ROWS: 64, INVOCATIONS: 64 },
    fits: ({ isHalf }) => isHalf,
    otherwise: '64',
  },
  {
    name: '128_f16',
    label: `128 × 128 outputs, ${IN_F16}`,
    needs: ['f16 storage'],
    slots: { loop: 'tile', accumulate: 'f16' },
    sizes: { TILE_TOKENS: 128, TILE_ROWS: 128, INVOCATIONS: 256 },
    fits: ({ isHalf }) => isHalf,
    otherwise: '128',
  },
  {
    ...LINEAR_MATRIX,
    name: 'subgroup_matrix',
    label: '128 × 128 outputs on matrix units, products of f16, sums of f32',
    needs: ['f16 storage', 'matrices of 16×16×16'],
    slots: { loop: 'subgroup_matrix', matrix: '16x16x16' },
  },
  {
    ...LINEAR_MATRIX,
    name: 'subgroup_matrix_8x16x16',
    label: 'the same on units of 8×16×16',
    needs: ['f16 storage', 'matrices of 8×16×16'],
    slots: { loop: 'subgroup_matrix', matrix: '8x16x16' },
  },
  {
    ...LINEAR_MATRIX,
    name: 'subgroup_matrix_8x8x8',
    label: 'the same on units of 8×8×8',
    needs: ['f16 storage', 'matrices of 8×8×8'],
    slots: { loop: 'subgroup_matrix', matrix: '8x8x8' },
  },
  {
    name: 'direct4',
    label: 'no workgroup memory, loads shared by four lanes: adapters that are a CPU',
    needs: ['subgroups'],
    slots: { loop: 'direct4' },
    sizes: { TILE_TOKENS: 16, TILE_ROWS: 64, INVOCATIONS: 8 },
    fits: ({ cols }) => cols % 4 === 0,
    otherwise: '64',
  },
  {
    name: 'direct8',
    label: 'no workgroup memory, loads shared by eight lanes',
    needs: ['subgroups of 8'],
    slots: { loop: 'direct8' },
    sizes: { TILE_TOKENS: 16, TILE_ROWS: 64, INVOCATIONS: 16 },
    fits: ({ cols }) => cols % 4 === 0,
    otherwise: '64',
  },
] as const satisfies readonly VariantRow<LinearShape>[]

/** Products with activations rounded to int8: the user's choice, never the tuner's. */
export const LINEAR_INT8 = {
  name: 'int8',
  label: '64 × 64 outputs, activations rounded to int8: where the user asks for it',
  needs: [],
  slots: { loop: 'int8' },
  sizes: { TILE_TOKENS: 64, TILE_ROWS: 64, INVOCATIONS: 64 },
} as const satisfies VariantRow<LinearShape>

const ATTENTION_MATRIX = {
  sizes: { WORKGROUP_QUERIES: 64, COLUMNS: 128, KEYS: 64, INVOCATIONS: 128 },
  fits: ({ headDim }) => headDim === 128,
  otherwise: 'tile_f16',
} as const satisfies Partial<VariantRow<AttentionShape>>

/** softmax(q kᵀ) v. */
export const ATTENTION = [
  {
    name: 'tile',
    label: '64 queries × 128 columns through workgroup memory, 32 keys at a time: GPUs',
    needs: [],
    slots: { loop: 'tile', accumulate: 'f32' },
    sizes: { WORKGROUP_QUERIES: 64, COLUMNS: 128, KEYS: 32, INVOCATIONS: 128 },
  },
  {
    name: 'tile_f16',
    label: `the same, ${IN_F16}`,
    needs: ['f16 storage'],
    slots: { loop: 'tile', accumulate: 'f16' },
    sizes: { WORKGROUP_QUERIES: 64, COLUMNS: 128, KEYS: 32, INVOCATIONS: 128 },
  },
  {
    ...ATTENTION_MATRIX,
    name: 'subgroup_matrix',
    label: '64 queries × 128 columns on matrix units, 64 keys at a time; heads of 128',
    needs: ['f16 storage', 'matrices of 16×16×16'],
    slots: { loop: 'subgroup_matrix', matrix: '16x16x16', matrix_sums: '16x16x16' },
  },
  {
    ...ATTENTION_MATRIX,
    name: 'subgroup_matrix_8x16x16',
    label: 'the same on units of 8×16×16',
    needs: ['f16 storage', 'matrices of 8×16×16'],
    slots: { loop: 'subgroup_matrix', matrix: '8x16x16', matrix_sums: '8x16x16' },
  },
  {
    ...ATTENTION_MATRIX,
    name: 'subgroup_matrix_8x8x8',
    label: 'the same on units of 8×8×8',
    needs: ['f16 storage', 'matrices of 8×8×8'],
    slots: { loop: 'subgroup_matrix', matrix: '8x8x8', matrix_sums: '8x8x8' },
  },
  {
    name: 'direct4',
    label: 'no workgroup memory, queries and keys shared by four lanes: adapters that are a CPU',
    needs: ['subgroups'],
    slots: { loop: 'direct4' },
    sizes: { WORKGROUP_QUERIES: 32, COLUMNS: 128, KEYS: 16, INVOCATIONS: 16 },
    fits: ({ headDim }) => headDim % 4 === 0,
    otherwise: 'tile',
  },
  {
    name: 'direct8',
    label: 'no workgroup memory, shared by eight lanes; heads of more than 128',
    needs: ['subgroups of 8'],
    slots: { loop: 'direct8' },
    sizes: { WORKGROUP_QUERIES: 8, COLUMNS: 384, KEYS: 32, INVOCATIONS: 8 },
    fits: ({ headDim }) => headDim % 4 === 0 && headDim > 128,
    otherwise: 'direct4',
  },
] as const satisfies readonly VariantRow<AttentionShape>[]

/** The norms of rows. */
export const NORMS = [
  {
    name: 'tile',
    label: 'a row to a workgroup: GPUs',
    needs: [],
    slots: { row_sum: 'tile' },
    sizes: { LANES: 64, ROWS: 1, INVOCATIONS: 64 },
  },
  {
    name: 'direct4',
    label: 'a row to four lanes, without a barrier: adapters that are a CPU',
    needs: ['subgroups'],
    slots: { row_sum: 'direct4' },
    sizes: { LANES: 4, ROWS: 4, INVOCATIONS: 16 },
  },
] as const satisfies readonly VariantRow[]

const CONVOLUTION_MATRIX = {
  sizes: { ROWS: 8, COLUMNS: 16, CHANNELS: 96, INVOCATIONS: 128, STEP_CHANNELS: 32 },
  fits: ({ inChannels, outChannels }) => inChannels % 32 === 0 && outChannels % 96 === 0,
  otherwise: 'tile_f16',
} as const satisfies Partial<VariantRow<ConvolutionShape>>

/** Causal convolutions. A tile is as wide and deep as CONVOLUTION_TILES has it for the output channels. */
export const CONVOLUTION = [
  {
    name: 'tile',
    label: '8 rows of pixels × 8 to 64 channels through workgroup memory: GPUs',
    needs: [],
    slots: { loop: 'tile', accumulate: 'f32' },
    sizes: { ROWS: 8 },
  },
  {
    name: 'tile_f16',
    label: `the same, ${IN_F16}`,
    needs: ['f16 storage'],
    slots: { loop: 'tile', accumulate: 'f16' },
    sizes: { ROWS: 8 },
  },
  {
    ...CONVOLUTION_MATRIX,
    name: 'subgroup_matrix',
    label: '8 × 16 pixels × 96 channels on matrix units',
    needs: ['f16 storage', 'matrices of 16×16×16'],
    slots: { loop: 'subgroup_matrix', matrix: '16x16x16' },
  },
  {
    ...CONVOLUTION_MATRIX,
    name: 'subgroup_matrix_8x16x16',
    label: 'the same on units of 8×16×16',
    needs: ['f16 storage', 'matrices of 8×16×16'],
    slots: { loop: 'subgroup_matrix', matrix: '8x16x16' },
  },
  {
    ...CONVOLUTION_MATRIX,
    name: 'subgroup_matrix_8x8x8',
    label: 'the same on units of 8×8×8',
    needs: ['f16 storage', 'matrices of 8×8×8'],
    slots: { loop: 'subgroup_matrix', matrix: '8x8x8' },
  },
  {
    name: 'direct4',
    label: '16 pixels × 16 channels to four lanes, no workgroup memory: adapters that are a CPU',
    needs: ['subgroups'],
    slots: { loop: 'direct4' },
    sizes: { PIXELS: 16, CHANNELS: 16, INVOCATIONS: 16 },
    fits: ({ inChannels }) => inChannels % 4 === 0,
    otherwise: 'tile',
  },
  {
    name: 'direct_strips',
    label: '4 rows of 16 pixels × 16 channels to four lanes, three taps at once, one frame a call',
    needs: ['subgroups'],
    slots: { loop: 'direct_strips' },
    sizes: { ROWS: 4, COLUMNS: 16, CHANNELS: 16, INVOCATIONS: 16 },
    fits: ({ inChannels, window }) => inChannels % 4 === 0 && window === 3,
    otherwise: 'direct4',
  },
] as const satisfies readonly VariantRow<ConvolutionShape>[]

/** Output channels of a convolution's tile, and its pixels across; an invocation has 8 rows × 8 channels of it. */
export const CONVOLUTION_TILES = [
  { CHANNELS: 64, COLUMNS: 16, INVOCATIONS: 128 },
  { CHANNELS: 32, COLUMNS: 16, INVOCATIONS: 64 },
  { CHANNELS: 16, COLUMNS: 32, INVOCATIONS: 64 },
  { CHANNELS: 8, COLUMNS: 32, INVOCATIONS: 32 },
] as const

/** The kernels whose loops are chosen together. */
export const VARIANT_ROWS = {
  linear: LINEAR,
  attention: ATTENTION,
  norms: NORMS,
  convolution: CONVOLUTION,
} as const

/** The row of `name`, or of the variant that takes this call in its place. @throws when there is none of that name */
export function fittingRow<Row extends VariantRow<Shape>, Shape>(
  rows: readonly Row[],
  name: Row['name'],
  shape: Shape,
): Row {
  const row = rows.find((each) => each.name === name)
  if (!row)
    throw new Error(`There is no variant ${name}; there are ${rows.map((each) => each.name).join(', ')}.`)
  if (row.fits?.(shape) ?? true) return row
  if (row.otherwise === undefined)
    throw new Error(`Nothing takes the calls that do not fit the variant ${name}.`)
  return fittingRow(rows, row.otherwise, shape)
}
