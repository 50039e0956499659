import { frameToI420 } from '../reference/frame_to_i420'

/** A picture of bytes R G B A as the bytes of I420. */
export function rgbaToI420(rgba: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const frame = Float64Array.from(
    { length: width * height * 3 },
    (_, i) => rgba[Math.floor(i / 3) * 4 + (i % 3)]! / 127.5 - 1,
  )
  return Uint8Array.from(frameToI420(frame, height, width), Math.round)
}
