import { describe, expect, it } from 'vitest'
import { fromFailure, toFailure, ZoetropeError } from '../../../src/protocol/errors'

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
