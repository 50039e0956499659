// Levels of the video codecs: what a player must be able to take. The lowest that fits is named in the file.
import type { FilmShape, MuxerCodec } from './film-shape'

interface Level {
  /** As it stands in the codec's name. */
  readonly code: string
  /** Of a frame, and in a second. */
  readonly pixels: number
  readonly pixelsPerSecond: number
  readonly width: number
  readonly height: number
  /** Bits in a second, where the codec's players hold to it. */
  readonly bitrate?: number
}

const MACROBLOCK = 16

/** By the columns of ITU-T H.264, table A-1: macroblocks in a second and in a frame, and kilobits in a second. */
function avc(code: string, perSecond: number, inFrame: number, kilobits: number): Level {
  const longest = Math.floor(Math.sqrt(8 * inFrame)) * MACROBLOCK
  return {
    code,
    pixels: inFrame * MACROBLOCK ** 2,
    pixelsPerSecond: perSecond * MACROBLOCK ** 2,
    width: longest,
    height: longest,
    bitrate: 1000 * kilobits,
  }
}

function plain(code: string, pixelsPerSecond: number, pixels: number, width: number, height: number): Level {
  return { code, pixels, pixelsPerSecond, width, height }
}

/** From 4.0 on, which everything plays: the level is a promise to players, no cost. */
const LEVELS: Readonly<Record<MuxerCodec, readonly Level[]>> = {
  avc: [
    avc('28', 245_760, 8_192, 20_000),
    avc('29', 245_760, 8_192, 50_000),
    avc('2a', 522_240, 8_704, 50_000),
    avc('32', 589_824, 22_080, 135_000),
    avc('33', 983_040, 36_864, 240_000),
    avc('34', 2_073_600, 36_864, 240_000),
    avc('3c', 4_177_920, 139_264, 240_000),
    avc('3d', 8_355_840, 139_264, 480_000),
    avc('3e', 16_711_680, 139_264, 800_000),
  ],
  vp9: [
    plain('40', 83_558_400, 2_228_224, 4160, 4160),
    plain('41', 160_432_128, 2_228_224, 4160, 4160),
    plain('50', 311_951_360, 8_912_896, 8384, 8384),
    plain('51', 588_251_136, 8_912_896, 8384, 8384),
    plain('52', 1_176_502_272, 8_912_896, 8384, 8384),
    plain('60', 1_176_502_272, 35_651_584, 16_832, 16_832),
    plain('61', 2_353_004_544, 35_651_584, 16_832, 16_832),
    plain('62', 4_706_009_088, 35_651_584, 16_832, 16_832),
  ],
  av1: [
    plain('08', 70_778_880, 2_359_296, 6144, 3456),
    plain('09', 141_557_760, 2_359_296, 6144, 3456),
    plain('12', 267_386_880, 8_912_896, 8192, 4352),
    plain('13', 534_773_760, 8_912_896, 8192, 4352),
    plain('14', 1_069_547_520, 8_912_896, 8192, 4352),
    plain('16', 1_069_547_520, 35_651_584, 16_384, 8704),
    plain('17', 2_139_095_040, 35_651_584, 16_384, 8704),
    plain('18', 4_278_190_080, 35_651_584, 16_384, 8704),
  ],
}

/** The lowest level that takes such a film; undefined where the codec has none. */
export function levelOf(
  codec: MuxerCodec,
  { width, height, fps }: FilmShape,
  bitrate: number,
): string | undefined {
  const unit = codec === 'avc' ? MACROBLOCK : 1
  const [w, h] = [Math.ceil(width / unit) * unit, Math.ceil(height / unit) * unit]
  return LEVELS[codec].find(
    (level) =>
      w <= level.width &&
      h <= level.height &&
      w * h <= level.pixels &&
      w * h * fps <= level.pixelsPerSecond &&
      bitrate <= (level.bitrate ?? Infinity),
  )?.code
}
