import { describe, expect, it } from 'vitest'
import { linear } from '../../src/gpu/kernels/linear'
import { linearTensors, uploadLinear } from '../../src/gpu/matrix'
import { runnableVariants, type Variants } from '../../src/gpu/variants'
import { packWeight, unpackWeight, type WeightFormat } from '../../src/weights/quant/pack'
import { gelu, geluErf, linear as reference, silu } from '../reference/linear'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu, withVariants } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { inInt8 } from '../support/int8'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

const SIZES = [
  { L: 1, K: 4, N: 1 },
  { L: 3, K: 31, N: 5 },
  { L: 63, K: 32, N: 64 },
  { L: 64, K: 33, N: 65 },
  { L: 65, K: 257, N: 127 },
  { L: 129, K: 1536, N: 129 },
  { L: 17, K: 36, N: 260 },
  { L: 9, K: 8960, N: 70 },
]

interface Run {
  readonly variant: Variants['linear']
  readonly format: WeightFormat
}

const FORMATS = ['f16', 'q8', 'q4'] as const
const DIRECT4: readonly Run[] = FORMATS.map((format) => ({ variant: 'direct4', format }))
const DIRECT8: readonly Run[] = FORMATS.map((format) => ({ variant: 'direct8', format }))

/** Tiles in workgroup memory take software adapters seconds to compile, so not every format runs in each of them. */
const SOME: Readonly<Record<string, readonly Run[]>> = {
  'swiftshader f32': [...DIRECT4, { variant: '64', format: 'q8' }],
  'llvmpipe f32': [
    ...DIRECT4,
    ...DIRECT8,
    { variant: '64', format: 'q4' },
    { variant: '128', format: 'f16' },
  ],
  'llvmpipe f16': [
    ...DIRECT4,
    ...DIRECT8,
    { variant: '64', format: 'f16' },
    { variant: '128', format: 'q8' },
    { variant: '64_f16', format: 'q4' },
    { variant: '128_f16', format: 'q8' },
  ],
}

async function runsOf(gpuCase: GpuCase): Promise<(Run & { gpuCase: GpuCase; name: string })[]> {
  const { gpu } = await testGpu(gpuCase)
  const { device, storage, subgroupSize, matrixShape } = gpu
  const candidates = runnableVariants('linear', {
    features: device.features,
    storage,
    subgroupSize,
    matrixShape,
  })
  const runs =
    SOME[gpuCase.name] ?? candidates.flatMap((variant) => FORMATS.map((format) => ({ variant, format })))
  return runs
    .filter(({ variant }) => candidates.includes(variant))
    .map((run) => ({ ...run, gpuCase, name: gpuCase.name }))
}

const RUNS = (await Promise.all(gpuCases().map(runsOf))).flat()

/** Products and sums of 32 of them rounded to f16. */
const F16_PRODUCTS = 2e-3
/** int8 keeps an input to half a 127th of the largest in its block of 32. */
const INT8_ACTIVATIONS = 8e-3

describe.each(RUNS)('linear in $variant on $name, $format weights', ({ gpuCase, variant, format }) => {
  // Direct variants take inputs in fours; others go to the tiles. Of 128_f16 a second loader takes lavapipe many
  // seconds to compile.
  it.each(SIZES.filter(({ K }) => !['direct4', 'direct8', '128_f16'].includes(variant) || K % 4 === 0))(
    '$L tokens, $K inputs, $N outputs',
    async ({ L, K, N }) => {
      const ops = withVariants((await testGpu(gpuCase)).ops, { linear: variant })
      const packed = packWeight(randomFloats(N * K, 2), N, K, format)
      const bias = randomFloats(N, 3)
      const { tensor, values } = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
      const w = uploadLinear(ops, packed, bias, 'w')
      const y = linear(ops, tensor, w, 'y')
      const tolerance = variant.endsWith('f16') ? F16_PRODUCTS : KERNEL_TOLERANCE[gpuCase.storage]
      expect(relativeError(await ops.read(y), reference(values, unpackWeight(packed), bias))).toBeLessThan(
        tolerance,
      )
      ops.release(tensor, y, ...linearTensors(w))
    },
  )
})

/** On SwiftShader in one format and with one loader: it takes seconds to compile. */
const INT8_RUNS = gpuCases().flatMap((gpuCase) => {
  const { name } = gpuCase
  const few = name === 'swiftshader f32'
  return (few ? (['q8'] as const) : (['q8', 'q4'] as const)).map((format) => ({
    gpuCase,
    name,
    format,
    sizes: SIZES.filter(({ K }) => !few || K % 4 === 0),
  }))
})

describe.each(INT8_RUNS)(
  'linear with int8 activations on $name, $format weights',
  ({ gpuCase, format, sizes }) => {
    it.each(sizes)('$L tokens, $K inputs, $N outputs', async ({ L, K, N }) => {
      const ops = inInt8((await testGpu(gpuCase)).ops)
      const packed = packWeight(randomFloats(N * K, 2), N, K, format)
      const bias = randomFloats(N, 3)
      const { tensor, values } = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
      const w = uploadLinear(ops, packed, bias, 'w')
      const y = linear(ops, tensor, w, 'y')
      const error = relativeError(await ops.read(y), reference(values, unpackWeight(packed), bias))
      expect(error).toBeLessThan(INT8_ACTIVATIONS)
      if (K > 256) expect(error).toBeGreaterThan(1e-3) // or they were not rounded
      ops.release(tensor, y, ...linearTensors(w))
    })
  },
)

describe.each(quickCases())('linear with int8 activations on $name', (gpuCase) => {
  it('takes a token of zeros and one of large numbers', async () => {
    const ops = inInt8((await testGpu(gpuCase)).ops)
    const [L, K, N] = [2, 64, 5]
    const x = randomFloats(L * K, 1).map((value, i) => (i < K ? 0 : value * 6e4))
    const packed = packWeight(randomFloats(N * K, 2), N, K, 'q4')
    const bias = randomFloats(N, 3)
    const input = ops.upload(x, [L, K], 'f32', 'x')
    const w = uploadLinear(ops, packed, bias, 'w')
    const y = linear(ops, input, w, 'y', { dtype: 'f32' })
    const [found, expected] = [await ops.read(y), reference(x, unpackWeight(packed), bias)]
    expect(relativeError(found.subarray(0, N), expected.subarray(0, N))).toBeLessThan(KERNEL_TOLERANCE.f32)
    expect(relativeError(found.subarray(N), expected.subarray(N))).toBeLessThan(INT8_ACTIVATIONS)
    ops.release(input, y, ...linearTensors(w))
  })

  it('keeps the variants of CPUs, which gain nothing by it', async () => {
    const ops = {
      ...withVariants((await testGpu(gpuCase)).ops, { linear: 'direct4' }),
      activations: 'int8' as const,
    }
    const [L, K, N] = [3, 512, 5]
    const packed = packWeight(randomFloats(N * K, 2), N, K, 'q8')
    const bias = randomFloats(N, 3)
    const { tensor, values } = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
    const w = uploadLinear(ops, packed, bias, 'w')
    const y = linear(ops, tensor, w, 'y')
    expect(relativeError(await ops.read(y), reference(values, unpackWeight(packed), bias))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    ops.release(tensor, y, ...linearTensors(w))
  })
})

describe.each(gpuCases())('linear on $name', (gpuCase) => {
  it.each([
    { activation: 'gelu', f: gelu },
    { activation: 'silu', f: silu },
    { activation: 'gelu_erf', f: geluErf },
  ] as const)('$activation, f32 in and out, large arguments', async ({ activation, f }) => {
    const { ops } = await testGpu(gpuCase)
    const [L, K, N] = [4, 8, 16]
    const x = randomFloats(L * K, 1).map((value) => value * 40)
    const packed = packWeight(randomFloats(N * K, 2), N, K, 'f16')
    const bias = randomFloats(N, 3)
    const input = ops.upload(x, [L, K], 'f32', 'x')
    const w = uploadLinear(ops, packed, bias, 'w')
    const y = linear(ops, input, w, 'y', { activation, dtype: 'f32' })
    expect(relativeError(await ops.read(y), reference(x, unpackWeight(packed), bias, f))).toBeLessThan(
      KERNEL_TOLERANCE.f32,
    )
    ops.release(input, y, ...linearTensors(w))
  })

  it('multiplies f32 in f32, whatever the tile', async () => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { linear: '64_f16' })
    const [L, K, N] = [3, 32, 5]
    const x = randomFloats(L * K, 1).map((value) => value * 1e6)
    const packed = packWeight(randomFloats(N * K, 2), N, K, 'q8')
    const input = ops.upload(x, [L, K], 'f32', 'x')
    const w = uploadLinear(ops, packed, new Float32Array(N), 'w')
    const y = linear(ops, input, w, 'y', { dtype: 'f32' })
    expect(
      relativeError(await ops.read(y), reference(x, unpackWeight(packed), new Float32Array(N))),
    ).toBeLessThan(KERNEL_TOLERANCE.f32)
    ops.release(input, y, ...linearTensors(w))
  })

  it('refuses an input of another width', async () => {
    const { ops } = await testGpu(gpuCase)
    const w = uploadLinear(ops, packWeight(randomFloats(8, 1), 2, 4, 'f16'), randomFloats(2, 2), 'w')
    const x = ops.upload(randomFloats(5, 1), [1, 5], 'f32', 'x')
    expect(() => linear(ops, x, w, 'y')).toThrow('x has 5 channels; w [2, 4] takes 4.')
    ops.release(x, ...linearTensors(w))
  })
})
