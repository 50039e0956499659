import { describe, expect, it } from 'vitest'
import { soundAvcRecord, soundMetadata } from '../../../src/media/avc-record'

const bytes = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.trim().split(/\s+/), (byte) => parseInt(byte, 16))

/** As Firefox 153 wrote it, and the sets that were in its stream. */
const HIGH = {
  record:
    '01 64 00 28 03 01 00 17 67 67 64 00 28 ac d9 44 7a 10 00 00 03 00 10 01 e8 48 00 f1 83 19 60 01 00 06 68 68 eb ec b2 2c',
  sps: '67 64 00 28 ac d9 44 7a 10 00 00 03 00 10 01 e8 48 00 f1 83 19 60',
  pps: '68 eb ec b2 2c',
}
const BASELINE = {
  record:
    '01 42 c0 28 03 01 00 16 67 67 42 c0 28 d9 04 7a 10 00 00 03 00 10 01 e8 48 00 f1 83 24 80 01 00 05 68 68 cb 8c b2',
  sps: '67 42 c0 28 d9 04 7a 10 00 00 03 00 10 01 e8 48 00 f1 83 24 80',
  pps: '68 cb 8c b2',
}

describe('a record whose sets begin twice', () => {
  it('has each once, and its reserved bits', () => {
    expect(soundAvcRecord(bytes(HIGH.record))).toEqual(
      bytes(`01 64 00 28 ff e1 00 16 ${HIGH.sps} 01 00 05 ${HIGH.pps} fd f8 f8 00`),
    )
    expect(soundAvcRecord(bytes(BASELINE.record))).toEqual(
      bytes(`01 42 c0 28 ff e1 00 15 ${BASELINE.sps} 01 00 04 ${BASELINE.pps}`),
    )
  })

  it('is sound afterwards', () => {
    const once = soundAvcRecord(bytes(HIGH.record))
    expect(soundAvcRecord(once)).toBe(once)
  })
})

it.each([
  ['a sound one', `01 64 00 28 ff e1 00 16 ${HIGH.sps} 01 00 05 ${HIGH.pps} fd f8 f8 00`],
  ['none', ''],
  ['one that is cut', HIGH.record.slice(0, 60)],
  ['another version', `02${HIGH.record.slice(2)}`],
  ['one without sets', '01 64 00 28 ff e0 00'],
])('%s is left as it is', (_what, hex) => {
  const record = hex === '' ? new Uint8Array() : bytes(hex)
  expect(soundAvcRecord(record)).toBe(record)
})

it('is taken from a view or a buffer, of H.264 alone', () => {
  const padded = new Uint8Array([9, 9, ...bytes(HIGH.record), 9])
  const view = padded.subarray(2, -1)
  const expected = soundAvcRecord(bytes(HIGH.record))
  for (const description of [view, view.slice().buffer])
    expect(
      soundMetadata('avc1.640028', { decoderConfig: { codec: 'avc1', description } })?.decoderConfig
        ?.description,
    ).toEqual(expected)
  const other = { decoderConfig: { codec: 'vp09', description: view } }
  expect(soundMetadata('vp09.00', other)).toBe(other)
  expect(soundMetadata('avc1.64', undefined)).toBeUndefined()
})
