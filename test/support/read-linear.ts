import { matrixOf, stackedMatrix } from '../../src/weights/matrix'
import type { PackedWeight, WeightFormat } from '../../src/weights/quant/pack'
import type { WeightFile } from '../../src/weights/weight-file'

/** A matrix of a file, packed; every error is a rejection. */
export async function readLinear(
  file: WeightFile,
  name: string,
  rows: number,
  cols: number,
  asked?: WeightFormat,
  signal?: AbortSignal,
): Promise<PackedWeight> {
  return matrixOf(file, name, rows, cols, asked).read(signal)
}

/** Several, one below the other; nothing where they come out in several formats. */
export async function readStacked(
  file: WeightFile,
  names: readonly string[],
  rows: number,
  cols: number,
  asked?: WeightFormat,
): Promise<PackedWeight | undefined> {
  return stackedMatrix(file, names, rows, cols, asked)?.read()
}
