declare module 'gifenc' {
  export type Palette = number[][]
  export interface FrameOptions {
    palette: Palette
    /** Milliseconds. */
    delay: number
  }
  export function GIFEncoder(): {
    writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void
    finish(): void
    bytes(): Uint8Array<ArrayBuffer>
  }
  export function quantize(rgba: Uint8ClampedArray | Uint8Array, colours: number): Palette
  export function applyPalette(rgba: Uint8ClampedArray | Uint8Array, palette: Palette): Uint8Array
}
