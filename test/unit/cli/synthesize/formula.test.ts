import { describe, expect, it } from 'vitest'
import { float32ToFloat16 } from '../../../../src/weights/quant/float16'
import { fnv1a32, formulaFile, formulaTensor } from '../../../../src/cli/synthesize/formula'

describe('formula weights', () => {
  it('hash names by FNV-1a over UTF-8', () => {
    // The first three are in the algorithm's published test vectors.
    expect(['', 'a', 'foobar', 'é'].map(fnv1a32)).toEqual([
      0x811c9dc5,
      0xe40c292c,
      0xbf9cf968,
      fnv1a32(String.fromCharCode(0xe9)),
    ])
    expect(fnv1a32('é')).toBe(Math.imul(Math.imul(0x811c9dc5 ^ 0xc3, 0x01000193) ^ 0xa9, 0x01000193) >>> 0)
  })

  // The last four f16 codes of each, from another program (NumPy).
  it.each<[string, number[], string, string]>([
    ['blocks.0.modulation', [1, 6, 4], '', 'b13a 3258 a871 2452'],
    ['blocks.0.self_attn.norm_q.weight', [6], '', '3c03 3aae 3b0f 3b9e'],
    ['decoder.head.0.gamma', [4, 1, 1, 1], 's1', '3c15 3a8e 3af4 3a8f'],
    ['blocks.0.norm3.bias', [5], 'é', 'a247 20d0 a5bd 1c8d'],
    ['token_embedding.weight', [3, 2], '', '3712 3905 3609 390b'],
    ['blocks.1.pos_embedding.embedding.weight', [2, 2], '', 'b16d 338b 3ad8 b743'],
    ['patch_embedding.weight', [2, 3, 1, 2, 2], '', 'a97e a52f b1bb 37d1'],
  ])('%s %j under the salt "%s"', (name, shape, salt, last) => {
    const codes = [...float32ToFloat16(formulaTensor(name, shape, salt))]
    expect(
      codes
        .slice(-4)
        .map((code) => code.toString(16))
        .join(' '),
    ).toBe(last)
  })

  it('are a file, whole or by rows', async () => {
    const file = formulaFile(
      'formula',
      new Map([
        ['a.weight', [5, 3]],
        ['a.bias', [5]],
      ]),
      'x',
    )
    const whole = formulaTensor('a.weight', [5, 3], 'x')
    expect(await file.floats('a.weight')).toEqual(whole)
    expect(await file.rows('a.weight', 2, 2)).toEqual(whole.slice(6, 12))
    expect(new Uint16Array((await file.bytes('a.weight')).buffer)).toEqual(float32ToFloat16(whole))
    expect(file.tensors.get('a.bias')).toEqual({
      name: 'a.bias',
      dtype: 'F16',
      shape: [5],
      offset: 30,
      byteLength: 10,
    })
    await expect(file.floats('b')).rejects.toThrow('formula has no tensor b')
  })
})
