// Lanczos resampling of bytes, as Pillow does it to the last bit: the models' pictures were made with it.
import { resizer, type Filter, type Size } from './resample-bytes'

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

const LANCZOS: Filter = { reach: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) }

/** A picture of bytes [H, W, 3] in another size; rows first, and what keeps its size is not touched. */
export function resizeLanczos(rgb: Uint8Array<ArrayBuffer>, from: Size, to: Size): Uint8Array<ArrayBuffer> {
  return resizer(LANCZOS, from, to)(rgb) as Uint8Array<ArrayBuffer>
}
