import type { Ops } from '../../gpu/ops'
import { float32ToFloat16 } from '../../weights/quant/float16'
import type { Frame } from './causal-conv'

/** The size of frames, in pixels. */
interface FrameSize {
  readonly height: number
  readonly width: number
}

/** A frame [H, W, 3] of numbers from −1 to 1, on the GPU in the storage type. A dry run does not ask for them. */
export function uploadFrame(
  ops: Ops,
  pixels: () => Float32Array<ArrayBuffer>,
  { height, width }: FrameSize,
): Frame {
  const data = () => (ops.storage === 'f16' ? float32ToFloat16(pixels()) : pixels())
  return ops.upload(data, [height, width, 3], ops.storage, 'frame')
}

/** The frames of a clip of which some are given, by their numbers; the others are grey, which is 0. */
export function* sparseClip(
  ops: Ops,
  numFrames: number,
  size: FrameSize,
  given: ReadonlyMap<number, () => Float32Array<ArrayBuffer>>,
): Generator<Frame> {
  const pixels = new Float32Array(size.height * size.width * 3)
  const grey = () => pixels
  for (let f = 0; f < numFrames; f++) yield uploadFrame(ops, given.get(f) ?? grey, size)
}
