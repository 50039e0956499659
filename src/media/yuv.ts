// RGB to the video's own colours, by ourselves: browsers differ in matrix and range, and players trust only BT.709 in the limited range.

/** What the encoder is told of these bytes. */
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
const CB = CHROMA_SCALE / (2 * (1 - BLUE))
const CR = CHROMA_SCALE / (2 * (1 - RED))

export function i420Size(width: number, height: number): number {
  return (width * height * 3) / 2
}

/** `rgba`, width * height * 4 → planes Y [height, width], U and V [height / 2, width / 2]. Even sides. */
export function toI420(rgba: Uint8Array, width: number, height: number, out: Uint8Array): void {
  const half = width / 2
  const uStart = width * height
  const vStart = uStart + half * (height / 2)
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      let red = 0
      let green = 0
      let blue = 0
      for (let corner = 0; corner < 4; corner++) {
        const pixel = (y + (corner >> 1)) * width + x + (corner & 1)
        const r = rgba[pixel * 4] ?? 0
        const g = rgba[pixel * 4 + 1] ?? 0
        const b = rgba[pixel * 4 + 2] ?? 0
        out[pixel] = 16.5 + LUMA_SCALE * (RED * r + GREEN * g + BLUE * b) // + 0.5: the array cuts
        red += r
        green += g
        blue += b
      }
      const luma = RED * red + GREEN * green + BLUE * blue
      const chroma = (y / 2) * half + x / 2
      out[uStart + chroma] = 128.5 + (CB * (blue - luma)) / 4
      out[vStart + chroma] = 128.5 + (CR * (red - luma)) / 4
    }
  }
}
