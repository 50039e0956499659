import { describe, expect, it } from 'vitest'
import { linearQkv } from '../../src/gpu/kernels/linear_qkv'
import { linearTensors, uploadLinear } from '../../src/gpu/matrix'
import { packWeight, unpackWeight, type WeightFormat } from '../../src/weights/quant/pack'
import { linear as reference } from '../reference/linear'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

/** The formats of q, k and v; one stands for the three below one another. */
const CASES: readonly {
  L: number
  K: number
  D: number
  formats: readonly [WeightFormat] | readonly [WeightFormat, WeightFormat, WeightFormat]
}[] = [
  { L: 1, K: 4, D: 4, formats: ['f16'] },
  { L: 17, K: 64, D: 20, formats: ['q8'] },
  { L: 33, K: 96, D: 128, formats: ['q4'] },
  { L: 17, K: 64, D: 22, formats: ['q4', 'q4', 'q8'] },
]

describe.each(gpuCases())('linear_qkv on $name', (gpuCase) => {
  it.each(CASES)('$L tokens, $K inputs, $D outputs each, $formats', async ({ L, K, D, formats }) => {
    const { ops } = await testGpu(gpuCase)
    const rows = (3 * D) / formats.length
    const packed = formats.map((format, i) => packWeight(randomFloats(rows * K, 2 + i), rows, K, format))
    const bias = randomFloats(3 * D, 6)
    const biasOf = (i: number, count: number): Float32Array<ArrayBuffer> =>
      bias.slice(i * count, (i + 1) * count)
    const weights = packed.map((weight, i) =>
      uploadLinear(ops, weight, biasOf(i, rows), `w${i}`),
    ) as unknown as Parameters<typeof linearQkv>[2]
    const { tensor, values } = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
    const results = linearQkv(ops, tensor, weights, 'y')

    const all = packed.flatMap((weight) => [...unpackWeight(weight)])
    for (const [i, result] of results.entries()) {
      const expected = reference(values, all.slice(i * D * K, (i + 1) * D * K), biasOf(i, D))
      expect(result.shape).toEqual([L, D])
      expect(relativeError(await ops.read(result), expected), 'qkv'[i]).toBeLessThan(
        KERNEL_TOLERANCE[gpuCase.storage],
      )
    }
    ops.release(tensor, ...results, ...weights.flatMap(linearTensors))
  })

  it('refuses rows that are not three times a multiple of 4', async () => {
    const { ops } = await testGpu(gpuCase)
    const w = uploadLinear(ops, packWeight(randomFloats(6 * 4, 1), 6, 4, 'f16'), randomFloats(6, 2), 'w')
    const x = ops.upload(randomFloats(4, 1), [1, 4], 'f32', 'x')
    expect(() => linearQkv(ops, x, [w], 'y')).toThrow(
      'w has 6 rows; three times a multiple of 4 are needed to be q, k and v.',
    )
    ops.release(x, ...linearTensors(w))
  })
})
