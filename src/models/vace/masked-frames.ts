// A clip's frames cut in two by its mask, and the mask as channels of the latents: 1 is to be made, 0 to be kept.

/** Bytes as numbers from −1 to 1, as the official code has those of a video. */
const FLOATS = Float32Array.from({ length: 256 }, (_, byte) => (byte - 127.5) / 127.5)
/** The least byte of a mask that counts as 1 where frames are cut in two. */
const MADE = 128

/** Which part of a frame: what is kept, or what is made. */
export type Half = 'inactive' | 'reactive'

/**
 * One half of a frame [H, W, 3] in [−1, 1], grey (0) in the other's pixels.
 * @param mask a byte a pixel; everything is to be made unless given
 */
export function maskedFrame(
  rgb: Uint8Array,
  mask: Uint8Array | undefined,
  half: Half,
): Float32Array<ArrayBuffer> {
  const frame = new Float32Array(rgb.length)
  const made = half === 'reactive'
  for (let i = 0; i < rgb.length; i += 3) {
    const isMade = mask === undefined || mask[i / 3]! >= MADE
    if (isMade !== made) continue
    for (let c = 0; c < 3; c++) frame[i + c] = FLOATS[rgb[i + c]!]!
  }
  return frame
}

/** The frame whose mask a latent frame has, of F frames and T latent frames: never the first, nor the last. */
export function maskFrame(t: number, F: number, T: number): number {
  return Math.min(F - 1, Math.floor(Math.fround((t + 0.5) * Math.fround(F / T))))
}

export interface MaskGrid {
  /** Latent frames, rows and columns. */
  readonly T: number
  readonly h: number
  readonly w: number
  /** Pixels of a latent row, and of a column. */
  readonly cell: number
}

/**
 * The mask as latent channels [cell², T, h, w]: channel y · cell + x holds the pixels (x, y) of the cells.
 * @param masks a byte a pixel of every frame; 1 everywhere unless given
 */
export function maskChannels(
  masks: readonly Uint8Array[] | undefined,
  { T, h, w, cell }: MaskGrid,
): Float32Array<ArrayBuffer> {
  const channels = new Float32Array(cell * cell * T * h * w)
  if (!masks) return channels.fill(1)
  const width = w * cell
  let at = 0
  for (let y = 0; y < cell; y++)
    for (let x = 0; x < cell; x++)
      for (let t = 0; t < T; t++) {
        const mask = masks[maskFrame(t, masks.length, T)]!
        for (let row = 0; row < h; row++)
          for (let column = 0; column < w; column++)
            channels[at++] = mask[(row * cell + y) * width + column * cell + x]! / 255
      }
  return channels
}
