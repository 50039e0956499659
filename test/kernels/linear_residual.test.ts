import { describe, expect, it } from 'vitest'
import { addLinear } from '../../src/gpu/kernels/linear_residual'
import { linearTensors, uploadLinear } from '../../src/gpu/matrix'
import { packWeight, unpackWeight } from '../../src/weights/quant/pack'
import { gatedResidual, linear } from '../reference/linear'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

describe.each(gpuCases())('linear_residual on $name', (gpuCase) => {
  it.each([
    { L: 1, K: 32, N: 3, gated: true, format: 'f16' },
    { L: 65, K: 100, N: 64, gated: true, format: 'q8' },
    { L: 64, K: 64, N: 65, gated: false, format: 'q4' },
  ] as const)(
    '$L tokens, $K inputs, $N outputs, gate $gated, $format',
    async ({ L, K, N, gated, format }) => {
      const { ops } = await testGpu(gpuCase)
      const packed = packWeight(randomFloats(N * K, 2), N, K, format)
      const bias = randomFloats(N, 3)
      const [table, time] = [randomFloats(6 * N, 4), randomFloats(3 * N, 6)] as const
      const residual = randomFloats(L * N, 5)
      const { tensor, values } = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
      const w = uploadLinear(ops, packed, bias, 'w')
      const gate = {
        modulation: ops.upload(table, [6, N], 'f32', 'modulation'),
        e: ops.upload(time, [1, 3, N], 'f32', 'e'),
        row: 5,
      }
      const sum = ops.upload(residual, [L, N], 'f32', 'residual')
      addLinear(ops, sum, tensor, w, gated ? gate : undefined)
      // Row 5 of the table and, as they go round, row 2 of the time's three.
      const factors = Float64Array.from({ length: N }, (_, n) =>
        gated ? table[5 * N + n]! + time[2 * N + n]! : 1,
      )
      const expected = gatedResidual(residual, linear(values, unpackWeight(packed), bias), factors)
      expect(relativeError(await ops.read(sum), expected)).toBeLessThan(KERNEL_TOLERANCE.f32)
      ops.release(tensor, sum, gate.modulation, gate.e, ...linearTensors(w))
    },
  )

  it.each([{ part: 0 }, { part: 64 }])(
    'takes each token’s own timestep, the tokens from number $part on',
    async ({ part }) => {
      const { ops } = await testGpu(gpuCase)
      const [L, K, N, T] = [70, 32, 20, 4]
      const packed = packWeight(randomFloats(N * K, 2), N, K, 'f16')
      const w = uploadLinear(ops, packed, new Float32Array(N), 'w')
      const { tensor, values } = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
      const [table, times] = [randomFloats(6 * N, 4), randomFloats(T * 6 * N, 6)] as const
      const index = Uint32Array.from({ length: part + L }, (_, token) => (token * 7) % T)
      const tensors = {
        modulation: ops.upload(table, [6, N], 'f32', 'modulation'),
        e: ops.upload(times, [T, 6, N], 'f32', 'e'),
      }
      const rows = ops.upload(index, [part + L], 'u32', 'rows')
      const product = linear(values, unpackWeight(packed), new Float32Array(N))
      for (const [timeRows, rowOf] of [
        [{ tokens: 1, index: rows }, (token: number) => index[token]!],
        [{ tokens: 50 }, (token: number) => Math.floor(token / 50)],
      ] as const) {
        const sum = ops.upload(new Float32Array(L * N), [L, N], 'f32', 'residual')
        addLinear(ops, sum, tensor, w, { ...tensors, row: 2, timeRows, firstToken: part })
        const expected = product.map((value, at) => {
          const [token, n] = [Math.floor(at / N), at % N]
          return value * (table[2 * N + n]! + times[(rowOf(part + token) * 6 + 2) * N + n]!)
        })
        expect(relativeError(await ops.read(sum), expected)).toBeLessThan(KERNEL_TOLERANCE.f32)
        ops.release(sum)
      }
      ops.release(tensor, rows, ...Object.values(tensors), ...linearTensors(w))
    },
  )
})
