import { describe, expect, it } from 'vitest'
import { linear } from '../../src/gpu/kernels/linear'
import { linearTensors, uploadLinear } from '../../src/gpu/linear-weight'
import { packWeight, unpackWeight } from '../../src/weights/quant'
import { gelu, linear as reference, silu } from '../reference/linear'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu, withVariants } from '../support/gpu'
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
]

/** Tiles in workgroup memory take software adapters seconds to compile, so not every format runs in each of them. */
const TILED = {
  'swiftshader f32': [{ variant: '64', format: 'q8' }],
  'llvmpipe f32': [{ variant: '64', format: 'q4' }, { variant: '128', format: 'f16' }],
  'llvmpipe f16': [{ variant: '64', format: 'f16' }, { variant: '128', format: 'q8' }],
} as const
const EVERY = (['quads', '64', '128'] as const).flatMap((variant) => (['f16', 'q8', 'q4'] as const).map((format) => ({ variant, format })))

const RUNS = gpuCases().flatMap((gpuCase) => {
  const { name } = gpuCase
  const runs = name in TILED ? [...EVERY.filter(({ variant }) => variant === 'quads'), ...TILED[name as keyof typeof TILED]] : EVERY
  return runs.map((run) => ({ ...run, gpuCase, name }))
})

describe.each(RUNS)('linear in $variant on $name, $format weights', ({ gpuCase, variant, format }) => {
  // Quads take inputs in fours; others go to the tiles.
  it.each(SIZES.filter(({ K }) => variant !== 'quads' || K % 4 === 0))('$L tokens, $K inputs, $N outputs', async ({ L, K, N }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { linear: variant })
    const packed = packWeight(randomFloats(N * K, 2), N, K, format)
    const bias = randomFloats(N, 3)
    const { tensor, values } = uploadStorage(ops, randomFloats(L * K, 1), [L, K], 'x')
    const w = uploadLinear(ops, packed, bias, 'w')
    const y = linear(ops, tensor, w, 'y')
    expect(relativeError(await ops.read(y), reference(values, unpackWeight(packed), bias))).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(tensor, y, ...linearTensors(w))
  })
})

describe.each(gpuCases())('linear on $name', (gpuCase) => {
  it.each([
    { activation: 'gelu', f: gelu },
    { activation: 'silu', f: silu },
  ] as const)('$activation, f32 in and out, large arguments', async ({ activation, f }) => {
    const { ops } = await testGpu(gpuCase)
    const [L, K, N] = [4, 8, 16]
    const x = randomFloats(L * K, 1).map((value) => value * 40)
    const packed = packWeight(randomFloats(N * K, 2), N, K, 'f16')
    const bias = randomFloats(N, 3)
    const input = ops.upload(x, [L, K], 'f32', 'x')
    const w = uploadLinear(ops, packed, bias, 'w')
    const y = linear(ops, input, w, 'y', { activation, dtype: 'f32' })
    expect(relativeError(await ops.read(y), reference(x, unpackWeight(packed), bias, f))).toBeLessThan(KERNEL_TOLERANCE.f32)
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
