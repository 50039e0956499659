import type { WeightFile } from '../../../src/weights/weight-file'
import { compare, type Comparison } from '../../support/golden'

/** Against `name` of the golden, or against its `tap.`, which has every `sampleStride`-th element only. */
export async function compareSample(
  golden: WeightFile,
  name: string,
  actual: Float32Array,
): Promise<Comparison> {
  if (golden.tensors.has(name)) return compare(name, actual, await golden.floats(name))
  const stride = Number(golden.metadata['sampleStride'])
  const expected = await golden.floats(`tap.${name}`)
  return compare(
    name,
    Float32Array.from({ length: Math.ceil(actual.length / stride) }, (_, i) => actual[i * stride]!),
    expected,
  )
}
