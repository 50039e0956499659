// Copies to the CPU stand in the order of the recorded calls, and end with the drain that was to run them.
import { describe, expect, it } from 'vitest'
import { silu } from '../../src/gpu/kernels/silu'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'

const floats = (bytes: Uint8Array<ArrayBuffer>): number[] => [...new Float32Array(bytes.buffer)]

describe.each(quickCases().filter(({ storage }) => storage === 'f32'))('reads on $name', (gpuCase) => {
  it('see what was recorded before them, and nothing after', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.upload(Float32Array.of(1, 2, 3), [3], 'f32', 'x')
    const before = ops.readLater(x)
    ops.write(x, Float32Array.of(4, 5, 6))
    const after = ops.readLater(x)
    ops.release(x)
    await ops.drain()
    expect(floats(await before)).toEqual([1, 2, 3])
    expect(floats(await after)).toEqual([4, 5, 6])
  })

  it('see what was there before a write that is asked for while a drain submits its calls', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.upload(Float32Array.of(0, 30), [2], 'f32', 'x')
    const y = silu(ops, x, 'y')
    const bytes = ops.readLater(y)
    const draining = ops.drain()
    await Promise.resolve() // The drain has taken the calls, and waits for their pipelines.
    await Promise.resolve()
    ops.write(x, Float32Array.of(7, 8))
    await draining
    expect(floats(await bytes)).toEqual([0, 30])
    expect([...(await ops.read(x))]).toEqual([7, 8])
    ops.release(x, y)
  })

  it('may be asked for at once', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.upload(Float32Array.of(0, 30), [2], 'f32', 'x')
    const [first, second] = [silu(ops, x, 'first'), silu(ops, x, 'second')]
    const [a, b] = await Promise.all([ops.read(first), ops.read(second)])
    expect([...a]).toEqual([0, 30])
    expect(b).toEqual(a)
    ops.release(x, first, second)
  })

  it('fail with the drain that was stopped, and when all is discarded', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.upload(Float32Array.of(1), [1], 'f32', 'x')
    const stopped = ops.readLater(x)
    await expect(ops.drain(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
    await expect(stopped).rejects.toThrow('stop')
    const discarded = ops.readLater(x)
    ops.recorder.discard()
    await expect(discarded).rejects.toThrow('discarded')
    ops.release(x)
  })
})
