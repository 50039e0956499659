// The video's colours. Browsers differ in matrix and range, and players handle only BT.709 in the limited range
// reliably.

/** The colours of the frames that the encoder gets. */
export const VIDEO_COLOURS: VideoColorSpaceInit = {
  primaries: 'bt709',
  transfer: 'bt709',
  matrix: 'bt709',
  fullRange: false,
}

// BT.709 luma weights.
const RED = 0.2126
const GREEN = 0.7152
const BLUE = 0.0722
const LUMA_SCALE = 219 / 255
const CHROMA_SCALE = 224 / 255

/** Bytes of a frame: planes Y [height, width], U and V [height / 2, width / 2]. Even sides. */
export function i420Size(width: number, height: number): number {
  return (width * height * 3) / 2
}

function mean(plane: Uint8Array): number {
  let sum = 0
  for (const value of plane) sum += value
  return plane.length === 0 ? 0 : sum / plane.length
}

/**
 * Mean of red, green and blue over an I420 frame, 0 … 255. The conversion is linear, so the planes' means are enough.
 */
export function meanLevel(i420: Uint8Array, width: number, height: number): number {
  const pixels = width * height
  const luma = (mean(i420.subarray(0, pixels)) - 16) / LUMA_SCALE
  const [u, v] = [
    mean(i420.subarray(pixels, pixels * 1.25)) - 128,
    mean(i420.subarray(pixels * 1.25, pixels * 1.5)) - 128,
  ]
  const blue = luma + (u * 2 * (1 - BLUE)) / CHROMA_SCALE
  const red = luma + (v * 2 * (1 - RED)) / CHROMA_SCALE
  const green = (luma - RED * red - BLUE * blue) / GREEN
  return (red + green + blue) / 3
}
