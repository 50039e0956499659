// Decodes latents into frames: floats on the GPU, packed there for the encoder, and copied out one latent frame
// behind.
import { frameToI420 } from '../gpu/kernels/frame_to_i420'
import { floatsOf, type Ops } from '../gpu/ops'
import { dim, type Tensor } from '../gpu/tensor'
import { i420Size } from '../media/yuv'
import { releaseTree } from '../models/blocks/tensor-tree'
import type { Decoder } from '../models/family'

/** Makes a frame larger before it is packed; the frame stays the caller's. */
export type Enlarge = (frame: Tensor) => Tensor

export interface DecodeFramesOptions<State> {
  readonly enlarge?: Enlarge
  /** Called with the last frame [H, W, 3], before it is enlarged and packed. */
  readonly onLastFrame?: (frame: Float32Array<ArrayBuffer>) => void
  readonly signal?: AbortSignal
  /** Where it goes on: the latent frame, counted through all passes, and the state before it, which it takes over. */
  readonly from?: { readonly step: number; readonly state: State }
  readonly keeper?: StateKeeper<State>
}

/** Keeps the decoder's state now and then. */
export interface StateKeeper<State> {
  /** Whether it is time; asked after each latent frame. */
  isDue(): boolean
  /** Gets the state before latent frame `step`, once all frames before it are passed on; it stays the decoder's. */
  keep(step: number, state: State): Promise<void>
}

/**
 * Decodes all latent frames and passes on their I420 bytes in order. There is one drain a latent frame: while the GPU
 * runs it, the next one is recorded and the frames before it are passed on.
 */
export async function decodeFrames<State>(
  ops: Ops,
  decoder: Pick<Decoder<State>, 'start' | 'decode' | 'passes'>,
  latents: Tensor,
  onFrame: (i420: Uint8Array<ArrayBuffer>) => Promise<void>,
  { enlarge, onLastFrame, signal, from, keeper }: DecodeFramesOptions<State> = {},
): Promise<void> {
  let state = from ? from.state : decoder.start
  let draining: Promise<void> = Promise.resolve()
  let leaving: Promise<void> = Promise.resolve()
  const count = dim(latents, 1) * (decoder.passes ?? 1)
  let last: Promise<void> | undefined
  try {
    for (let t = from?.step ?? 0; t < count; t++) {
      const [frames, next] = decoder.decode(latents, t, state)
      state = next
      if (onLastFrame && t === count - 1) last = floatsLater(ops, frames.at(-1)!).then(onLastFrame)
      last?.catch(() => {}) // Its drain throws the same error.
      const images = frames.map((frame) => packedLater(ops, frame, enlarge))
      const before = draining
      draining = ops.drain(signal)
      draining.catch(() => {}) // Thrown one turn later, like the errors of frames that are passed on.
      await before
      await leaving
      leaving = draining.then(() => inTurn(images, onFrame)) // What a failed drain computed is no frame.
      leaving.catch(() => {})
      if (keeper && t + 1 < count && keeper.isDue()) {
        await draining
        await leaving
        await keeper.keep(t + 1, state)
      }
    }
    await draining
    await leaving
    await last
  } finally {
    // No buffer may be released while commands that use it are yet to run, and no frame may come after the end.
    await Promise.allSettled([draining, leaving])
  }
  releaseTree(ops, state)
}

async function floatsLater(ops: Ops, frame: Tensor): Promise<Float32Array<ArrayBuffer>> {
  return floatsOf(frame, await ops.readLater(frame))
}

/** Takes over `frame`. */
function enlarged(ops: Ops, frame: Tensor, enlarge: Enlarge | undefined): Tensor {
  if (!enlarge) return frame
  const large = enlarge(frame)
  ops.release(frame)
  return large
}

/**
 * The I420 bytes of a frame, enlarged, once they are there. Packing is the last step: up to here a frame is floats.
 * Takes over `frame`.
 */
export function packedLater(ops: Ops, frame: Tensor, enlarge?: Enlarge): Promise<Uint8Array<ArrayBuffer>> {
  const large = enlarged(ops, frame, enlarge)
  const i420 = frameToI420(ops, large, 'i420')
  const size = i420Size(dim(large, 1), dim(large, 0))
  const bytes = ops.readLater(i420).then((words) => words.subarray(0, size))
  bytes.catch(() => {}) // Its drain throws the same error.
  ops.release(large, i420)
  return bytes
}

/** Uses what comes in its order, each once it is there and the one before is done with. */
export async function inTurn<T>(
  coming: readonly Promise<T>[],
  use: (each: T) => Promise<void>,
): Promise<void> {
  for (const each of coming) await use(await each)
}
