// The loader of a model with LoRAs: matrices as without them, and what is added to them beside.
import { reserveLinear, uploadLinear, type LinearWeight, type SidePath } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import type { AdaptedFile } from '../../weights/adapters/adapted-file'
import { baseMatrix } from '../../weights/adapters/prepared'
import { packSides, sideSizes, type PackedSide, type SideSize } from '../../weights/adapters/sides'
import { strideOf, type PackedWeight } from '../../weights/quant/pack'
import { requireTensor } from '../../weights/weight-file'
import type { WeightLoader } from './weight-loader'

type Third = NonNullable<SidePath['third']>

export interface AdaptedLoaderOptions {
  /** Only counts. */
  readonly isDry?: boolean
  readonly signal?: AbortSignal | undefined
}

/** @param loader of the adapted file */
export function adaptedLoader(
  loader: WeightLoader,
  adapted: AdaptedFile,
  options: AdaptedLoaderOptions = {},
): WeightLoader {
  const { changes, base } = adapted
  if (changes.size === 0) return loader
  const { isDry = false, signal } = options
  const { ops } = loader

  const sidesOf = async (
    name: string,
    [rows, cols]: readonly [number, number],
    label: string,
  ): Promise<SidePath[]> => {
    const sides: SidePath[] = []
    const tensor = `${name}.weight`
    for (const change of changes.get(tensor) ?? []) {
      signal?.throwIfAborted()
      const place = (i: number): string => `${label}.side${sides.length + i}`
      if (isDry) {
        sides.push(...sideSizes(change.delta).map((size, i) => reserveSide(ops, size, rows, cols, place(i))))
        continue
      }
      const matrix = baseMatrix(base, requireTensor(base, tensor))
      const packed = await packSides(change, tensor, matrix)
      sides.push(...packed.map((side, i) => uploadSide(ops, side, place(i))))
    }
    return sides
  }
  const withSides = (w: LinearWeight, sides: readonly SidePath[]): LinearWeight =>
    sides.length === 0 ? w : { ...w, sides }
  /** Multiplies the layer's own matrix, so it must be whole. */
  const isAlone = (name: string): boolean =>
    (changes.get(`${name}.weight`) ?? []).some(({ delta }) =>
      sideSizes(delta).some(({ kind }) => kind === 'own'),
    )

  return {
    ...loader,
    on: (other, ended = signal) =>
      adaptedLoader(loader.on(other, ended), adapted, { ...options, signal: ended }),
    planned: (other) => adaptedLoader(loader.planned(other), adapted, { isDry: true }),
    async linear(name, rows, cols, format) {
      const w = await loader.linear(name, rows, cols, format)
      return withSides(w, await sidesOf(name, [rows, cols], name))
    },
    async part(name, shape, part) {
      if (changes.has(`${name}.weight`))
        throw new RangeError(`${name} is loaded in parts here, and a LoRA that changes it needs it whole.`)
      return loader.part(name, shape, part)
    },
    async stacked(names, rows, cols, label) {
      if (names.some(isAlone)) return undefined
      const w = await loader.stacked(names, rows, cols, label)
      if (!w) return undefined
      const sides: SidePath[] = []
      for (const [third, name] of names.entries()) {
        const own = await sidesOf(name, [rows, cols], `${label}.${third}`)
        sides.push(...own.map((side) => ({ ...side, third: third as Third })))
      }
      return withSides(w, sides)
    },
  }
}

const noBias = (rows: number) => new Float32Array(rows)

function uploadSide(ops: Ops, side: PackedSide, label: string): SidePath {
  const { factor } = side
  const matrix = (packed: PackedWeight, name: string): LinearWeight =>
    uploadLinear(ops, packed, noBias(packed.rows), `${label}.${name}`)
  switch (side.kind) {
    case 'thin':
      return { kind: 'thin', factor, down: matrix(side.down, 'down'), up: matrix(side.up, 'up') }
    case 'whole':
      return { kind: 'whole', factor, matrix: matrix(side.matrix, 'whole') }
    case 'own': {
      const { outputs } = side
      return {
        kind: 'own',
        factor,
        outputs: ops.upload(outputs, [outputs.length], 'f32', `${label}.outputs`),
      }
    }
  }
}

/** The memory of `uploadSide`. */
function reserveSide(ops: Ops, size: SideSize, N: number, K: number, label: string): SidePath {
  const matrix = (rows: number, cols: number, name: string): LinearWeight =>
    reserveLinear(ops, { format: 'f16', rows, cols, stride: strideOf(cols) }, `${label}.${name}`)
  switch (size.kind) {
    case 'thin':
      return {
        kind: 'thin',
        factor: 1,
        down: matrix(size.rank, K, 'down'),
        up: matrix(N, size.rank, 'up'),
      }
    case 'whole':
      return { kind: 'whole', factor: 1, matrix: matrix(N, K, 'whole') }
    case 'own':
      return { kind: 'own', factor: 1, outputs: ops.create([N], 'f32', `${label}.outputs`) }
  }
}
