/** Values of [-1, 1], three a pixel, as bytes R G B 255: -1 is 0, 1 is 255, halves round up. */
export function frameToRgba(frame: ArrayLike<number>): Uint8Array {
  return Uint8Array.from({ length: (frame.length / 3) * 4 }, (_, i) => {
    if (i % 4 === 3) return 255
    const value = Math.min(1, Math.max(-1, frame[Math.floor(i / 4) * 3 + (i % 4)]!))
    return Math.min(255, Math.floor(127.5 * value + 128))
  })
}
