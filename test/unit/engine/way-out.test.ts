import { describe, expect, it } from 'vitest'
import type { FittedPlan } from '../../../src/engine/memory/fit-memory'
import { FIRST_WAY, isFinal, wayOut, type Tried } from '../../../src/engine/runs/way-out'
import { GpuError } from '../../../src/gpu/errors'
import { ZoetropeError } from '../../../src/protocol/errors'

const FITTED: FittedPlan = {
  plan: { stages: [], peakBytes: 2e9, budgetBytes: 4e9, weightFormat: 'f16', streamed: false, notes: [] },
  residency: { text: 'q8', weights: 'f16', streamed: false },
}
const SMALLER: FittedPlan = { ...FITTED, residency: { text: 'q8', weights: 'q8', streamed: false } }
const TRIED: Tried = { way: FIRST_WAY, fitted: FITTED, stage: 'denoise', storage: 'f16' }
const full = new GpuError('out-of-memory', 'The GPU ran out of memory.')
const overflow = new ZoetropeError('not-finite', 'The latents hold NaN.')
const none = async (): Promise<undefined> => undefined

describe('a run that fails', () => {
  it('for want of memory goes one step down, as long as there is one', async () => {
    expect(await wayOut(full, TRIED, async () => SMALLER)).toEqual({ ...FIRST_WAY, smaller: SMALLER })
    expect(await wayOut(full, TRIED, none)).toBeUndefined()
    expect(await wayOut(full, { ...TRIED, fitted: undefined }, async () => SMALLER)).toBeUndefined()
  })

  it('by an overflow of f16 is tried once in f32, of that part alone', async () => {
    const way = await wayOut(overflow, TRIED, none)
    expect([...(way?.precise ?? [])]).toEqual(['denoise'])
    expect(way?.notes).toEqual([
      'Numbers of the transformer overflowed as f16: that part was computed again as f32, which takes more memory and time.',
    ])
    expect(await wayOut(overflow, { ...TRIED, way: way! }, none)).toBeUndefined()
    const both = await wayOut(overflow, { ...TRIED, way: way!, stage: 'decode' }, none)
    expect([...(both?.precise ?? [])]).toEqual(['denoise', 'decode'])
    expect(await wayOut(overflow, { ...TRIED, storage: 'f32' }, none)).toBeUndefined()
    const lean = await wayOut(overflow, { ...TRIED, way: { ...FIRST_WAY, smaller: SMALLER } }, none)
    expect(lean?.smaller).toEqual(SMALLER)
  })

  it('otherwise has no way out, and is kept unless it would fail again', async () => {
    const lost = new GpuError('device-lost', 'The GPU was lost.')
    expect(await wayOut(lost, TRIED, async () => SMALLER)).toBeUndefined()
    expect([lost, full, new Error('x')].map(isFinal)).toEqual([false, false, false])
    expect([overflow, new ZoetropeError('cancelled', 'Cancelled.')].map(isFinal)).toEqual([true, true])
  })
})
