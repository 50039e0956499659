import { describe, expect, it } from 'vitest'
import { fromFailure, toFailure, ZoetropeError } from '../../../src/protocol/errors'
import { limitsFor } from '../../../src/protocol/limits'
import { normaliseSettings } from '../../../src/protocol/normalise'
import { StoreError } from '../../../src/storage/error'
import { WeightsError } from '../../../src/weights/error'

describe('errors on their way to the page', () => {
  it('keep code and message through a structured clone', () => {
    const failure = structuredClone(
      toFailure(new ZoetropeError('out-of-memory', 'This GPU has 1 GiB; the clip needs 2 GiB.')),
    )
    expect(fromFailure(failure)).toMatchObject({
      name: 'ZoetropeError',
      code: 'out-of-memory',
      message: 'This GPU has 1 GiB; the clip needs 2 GiB.',
    })
  })

  it('know an abort, a full disk and a code on a foreign class', () => {
    expect(toFailure(new DOMException('x', 'AbortError')).code).toBe('cancelled')
    expect(toFailure(new DOMException('x', 'QuotaExceededError')).code).toBe('storage-failed')
    expect(toFailure(Object.assign(new Error('x'), { code: 'device-lost' })).code).toBe('device-lost')
  })

  it('call the rest internal', () => {
    expect(toFailure(Object.assign(new Error('x'), { code: 'ENOENT' })).code).toBe('internal')
    expect(toFailure('text')).toEqual({ code: 'internal', message: 'Something went wrong: text' })
  })
})

describe('a sentence', () => {
  const long = 'x'.repeat(5_000_000)

  it.each([
    ['of the engine', new ZoetropeError('model-invalid', long)],
    ['of a file', new WeightsError('f', long)],
    ['of the store', new StoreError('busy', long)],
    ['of a driver', new Error(long)],
    ['that is no error', long],
  ])('%s is never as long as what it is about', (_whose, error) => {
    const failure = structuredClone(toFailure(error))
    expect(failure.message.length).toBeLessThanOrEqual(801)
    expect(failure.detail?.length ?? 0).toBeLessThanOrEqual(8001)
    expect(fromFailure(failure).message.length).toBeLessThanOrEqual(801)
  })

  it('about a setting quotes its beginning', () => {
    const limits = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 })
    for (const name of ['seed', 'width', 'sampler', 'cache', 'decoder', 'numInferenceSteps']) {
      const refused = normaliseSettings({ prompt: 'x', [name]: long }, limits)
      expect(refused.ok ? '' : refused.reason).toMatch(/^.{20,300}$/)
    }
  })
})
