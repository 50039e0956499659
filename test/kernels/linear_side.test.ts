import { describe, expect, it } from 'vitest'
import { linear } from '../../src/gpu/kernels/linear'
import { linearQkv } from '../../src/gpu/kernels/linear_qkv'
import { addLinear } from '../../src/gpu/kernels/linear_residual'
import { addProduct } from '../../src/gpu/kernels/linear_side'
import { linearTensors, uploadLinear, type LinearWeight, type SidePath } from '../../src/gpu/matrix'
import type { Ops } from '../../src/gpu/ops'
import { packWeight, unpackWeight, type WeightFormat } from '../../src/weights/quant/pack'
import { gelu, linear as reference } from '../reference/linear'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

/** A matrix on the GPU, and its numbers there. */
function matrix(ops: Ops, rows: number, cols: number, format: WeightFormat, seed: number) {
  const packed = packWeight(randomFloats(rows * cols, seed), rows, cols, format)
  const bias = randomFloats(rows, seed + 1)
  return { w: uploadLinear(ops, packed, bias, `w${seed}`), values: unpackWeight(packed), bias }
}

/** A thin side path, and the matrix [N, K] that it is. */
function thin(ops: Ops, [N, r, K]: readonly [number, number, number], factor: number, seed: number) {
  const zeros = (rows: number) => new Float32Array(rows)
  const down = packWeight(randomFloats(r * K, seed), r, K, 'f16')
  const up = packWeight(randomFloats(N * r, seed + 1), N, r, 'f16')
  const side: SidePath = {
    kind: 'thin',
    factor,
    down: uploadLinear(ops, down, zeros(r), 'down'),
    up: uploadLinear(ops, up, zeros(N), 'up'),
  }
  const [a, b] = [unpackWeight(down), unpackWeight(up)]
  const values = new Float64Array(N * K)
  for (let n = 0; n < N; n++)
    for (let j = 0; j < r; j++)
      for (let k = 0; k < K; k++) values[n * K + k]! += factor * b[n * r + j]! * a[j * K + k]!
  return { side, values }
}

const plus = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from(a, (value, i) => value + b[i]!)

describe.each(gpuCases())('linear_side on $name', (gpuCase) => {
  it.each([
    { L: 1, K: 32, N: 3, format: 'f16', gated: false, scaled: false },
    { L: 65, K: 100, N: 64, format: 'q8', gated: true, scaled: true },
    { L: 64, K: 31, N: 65, format: 'q4', gated: true, scaled: false },
  ] as const)(
    'adds $L tokens, $K inputs, $N outputs of $format, gate $gated, outputs scaled $scaled',
    async ({ L, K, N, format, gated, scaled }) => {
      const { ops } = await testGpu(gpuCase)
      const { w, values } = matrix(ops, N, K, format, 2)
      const x = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
      const before = randomFloats(L * N, 5)
      const y = ops.upload(before, [L, N], 'f32', 'y')
      const [table, outputs] = [randomFloats(6 * N, 6), randomFloats(N, 7)] as const
      const gate = {
        modulation: ops.upload(table, [6, N], 'f32', 'modulation'),
        e: ops.upload(new Float32Array(N), [1, 1, N], 'f32', 'e'),
        row: 5,
      }
      const factors = ops.upload(outputs, [N], 'f32', 'outputs')
      addProduct(ops, y, x.tensor, w, {
        factor: -0.5,
        ...(gated && { gate }),
        ...(scaled && { outputs: factors }),
      })
      const product = reference(x.values, values, new Float32Array(N))
      const expected = product.map((value, i) => {
        const n = i % N
        return before[i]! - 0.5 * (gated ? table[5 * N + n]! : 1) * (scaled ? outputs[n]! : 1) * value
      })
      expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE.f32)
      ops.release(x.tensor, y, gate.modulation, gate.e, factors, ...linearTensors(w))
    },
  )
})

describe.each(gpuCases())('the side paths of a weight on $name', (gpuCase) => {
  const tolerance = KERNEL_TOLERANCE[gpuCase.storage]
  const [L, K, N] = [20, 48, 24]

  it('are added before the activation, one after the other', async () => {
    const { ops } = await testGpu(gpuCase)
    const { w, values, bias } = matrix(ops, N, K, 'q8', 2)
    const x = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
    const [one, two] = [thin(ops, [N, 8, K], 0.5, 4), thin(ops, [N, 3, K], -1, 6)]
    const whole = matrix(ops, N, K, 'f16', 8)
    const outputs = randomFloats(N, 10)
    const sides: SidePath[] = [
      one.side,
      two.side,
      { kind: 'whole', factor: 0.25, matrix: whole.w },
      { kind: 'own', factor: 2, outputs: ops.upload(outputs, [N], 'f32', 'outputs') },
    ]
    const changed = plus(plus(values, one.values), two.values).map(
      (value, i) => value + 0.25 * whole.values[i]! + 2 * outputs[Math.floor(i / K)]! * values[i]!,
    )
    const adapted: LinearWeight = { ...w, sides }
    for (const [activation, name] of [
      [gelu, 'gelu'],
      [(value: number) => value, 'none'],
    ] as const) {
      const y = linear(ops, x.tensor, adapted, 'y', { activation: name, dtype: 'f32' })
      const expected = reference(x.values, changed, bias, activation)
      expect(relativeError(await ops.read(y), expected)).toBeLessThan(tolerance)
      ops.release(y)
    }
    const sum = ops.upload(new Float32Array(L * N), [L, N], 'f32', 'sum')
    addLinear(ops, sum, x.tensor, adapted)
    expect(relativeError(await ops.read(sum), reference(x.values, changed, bias))).toBeLessThan(tolerance)
    ops.release(x.tensor, sum, ...linearTensors(adapted))
  })

  it('go each to its own of q, k and v', async () => {
    const { ops } = await testGpu(gpuCase)
    const { w, values, bias } = matrix(ops, 3 * N, K, 'f16', 2)
    const x = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
    const { side, values: delta } = thin(ops, [N, 4, K], 1, 4)
    const found = linearQkv(ops, x.tensor, [{ ...w, sides: [{ ...side, third: 1 }] }], 'y')
    for (const [third, y] of found.entries()) {
      const own = values.subarray(third * N * K, (third + 1) * N * K)
      const expected = reference(
        x.values,
        third === 1 ? plus(own, delta) : own,
        bias.subarray(third * N, (third + 1) * N),
      )
      expect(relativeError(await ops.read(y), expected)).toBeLessThan(tolerance)
    }
    ops.release(x.tensor, ...found, ...linearTensors({ ...w, sides: [side] }))
  })
})
