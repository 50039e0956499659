// Repairs H.264's decoder configuration record. Firefox 153 on Linux writes the first byte of each parameter set
// twice, which some players reject.

const SPS = 7
/** Profiles whose record ends with chroma format and bit depths. */
const HIGH = new Set([100, 110, 122, 144])
/** 4:2:0, 8 bits for luma and chroma, no extensions. */
const HIGH_END = [0xfd, 0xf8, 0xf8, 0]

interface AvcRecord {
  readonly head: Uint8Array
  readonly sps: readonly Uint8Array[]
  readonly pps: readonly Uint8Array[]
  readonly rest: Uint8Array
}

function parse(record: Uint8Array): AvcRecord | undefined {
  let at = 5
  const sets = (mask: number): Uint8Array[] | undefined => {
    const count = (record[at++] ?? 0) & mask
    const found: Uint8Array[] = []
    for (let i = 0; i < count; i++) {
      const length = ((record[at] ?? 0) << 8) | (record[at + 1] ?? 0)
      const end = at + 2 + length
      if (length === 0 || end > record.length) return undefined
      found.push(record.subarray(at + 2, end))
      at = end
    }
    return found
  }
  const sps = sets(0x1f)
  const pps = sps && sets(0xff)
  return pps && record[0] === 1
    ? { head: record.subarray(0, 5), sps, pps, rest: record.subarray(at) }
    : undefined
}

/** The first byte, header of the set, and again; then the profile, which a sound set has in second place. */
function isDoubled(set: Uint8Array, profile: number): boolean {
  return set.length > 3 && (set[0]! & 0x1f) === SPS && set[1] === set[0] && set[2] === profile
}

/** Returns the record with each parameter set as in the stream; a sound record stays as it is. */
export function soundAvcRecord(record: Uint8Array): Uint8Array {
  const parsed = parse(record)
  const profile = record[1] ?? 0
  if (parsed === undefined || !parsed.sps.some((set) => isDoubled(set, profile))) return record
  const { head, sps, pps, rest } = parsed
  const once = (set: Uint8Array): number[] => {
    const sound = set[0] === set[1] ? set.subarray(1) : set
    return [sound.length >> 8, sound.length & 0xff, ...sound]
  }
  const end = rest.length === 0 && HIGH.has(profile) ? HIGH_END : [...rest]
  return Uint8Array.from([
    ...head.subarray(0, 4),
    0xfc | (head[4]! & 3), // the bits before the length of lengths are ones
    0xe0 | sps.length,
    ...sps.flatMap(once),
    pps.length,
    ...pps.flatMap(once),
    ...end,
  ])
}

/** The encoder's metadata of its first sample, with a sound record for H.264. */
export function soundMetadata(
  codec: string,
  meta: EncodedVideoChunkMetadata | undefined,
): EncodedVideoChunkMetadata | undefined {
  const given = meta?.decoderConfig?.description
  if (!codec.startsWith('avc1') || meta?.decoderConfig === undefined || given === undefined) return meta
  const bytes = ArrayBuffer.isView(given)
    ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
    : new Uint8Array(given)
  return { ...meta, decoderConfig: { ...meta.decoderConfig, description: soundAvcRecord(bytes).slice() } }
}
