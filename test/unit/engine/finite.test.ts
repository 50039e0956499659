import { describe, expect, it } from 'vitest'
import { assertFinite, assertFiniteFrame } from '../../../src/engine/finite'

const SHAPE = [3, 2, 4, 5]
const checked = { what: 'The latents after step 3 of 20', model: 'Wan 2.1', shape: SHAPE, axes: 'CTHW' }
const values = (): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: 120 }, (_, i) => Math.sin(i) * 1e30)

describe('values that were read', () => {
  it('may be large, small or none', () => {
    assertFinite(values(), checked)
    assertFinite(Float32Array.of(3.4e38, -3.4e38, 1e-45, -0), checked)
    assertFinite(new Float32Array(0), checked)
  })

  it.each([
    [NaN, 0, /1 of 120 values that are not finite, the first \(NaN\) at C 0, T 0, H 0, W 0:/],
    [Infinity, 119, /the first \(Infinity\) at C 2, T 1, H 3, W 4:/],
    [-Infinity, 47, /the first \(-Infinity\) at C 1, T 0, H 1, W 2:/],
  ])('with %f at %i are refused, and the place named', (bad, at, sentence) => {
    const broken = values()
    broken[at] = bad
    expect(() => assertFinite(broken, checked)).toThrow(sentence)
    expect(() => assertFinite(broken, checked)).toThrow(
      /^The latents after step 3 of 20 hold .*: the numbers of Wan 2\.1 overflowed on this GPU\. Try again with other weights/,
    )
    expect(() => assertFinite(broken, { what: 'x', model: 'y' })).toThrow(`at index ${at}:`)
  })

  it('are all counted', () => {
    expect(() => assertFinite(new Float32Array(7).fill(NaN), { what: 'x', model: 'y' })).toThrow('7 of 7')
  })
})

describe('a frame', () => {
  const size = { width: 4, height: 2 }
  const frame = (...marked: number[]): Uint8Array => {
    const i420 = new Uint8Array(12).fill(16)
    for (const at of marked) i420[at] = 0
    return i420
  }

  it('that is black is finite, and so are colours of zero', () => {
    expect(() => assertFiniteFrame(frame(8, 11), size, { what: 'Frame 1 of 5', model: 'Tiny' })).not.toThrow()
  })

  it('with marked pixels is refused, with their number and place', () => {
    expect(() => assertFiniteFrame(frame(6, 7), size, { what: 'Frame 1 of 5', model: 'Tiny' })).toThrow(
      'Frame 1 of 5 holds 2 of 8 pixels that are not finite, the first at x 2, y 1: the numbers of Tiny overflowed',
    )
  })
})
