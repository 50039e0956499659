// Clips as the official code lays them out, [1, C, F, H, W], and as frames [H, W, C].
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { Frame } from '../../src/models/blocks/causal-conv'
import type { WeightFile } from '../../src/weights/weight-file'
import { uploadStorage } from './tensors'

/** Sizes of an official video or latents [1, C, F, H, W]. */
export function clipShape(golden: WeightFile, name: string): [C: number, F: number, H: number, W: number] {
  return golden.tensors.get(name)!.shape.slice(1) as [number, number, number, number]
}

export async function uploadLatents(ops: Ops, golden: WeightFile, name: string): Promise<Tensor> {
  return ops.upload(await golden.floats(name), clipShape(golden, name), 'f32', name)
}

/** Frames [H, W, C] as the official [C, F, H, W], and back. */
export function interleave(frames: readonly Float32Array[], C: number): Float32Array {
  const P = frames[0]!.length / C
  return Float32Array.from(
    { length: frames.length * P * C },
    (_, i) => frames[Math.floor(i / P) % frames.length]![(i % P) * C + Math.floor(i / P / frames.length)]!,
  )
}

export function frameOf(
  video: Float32Array,
  [C, F, H, W]: readonly [number, number, number, number],
  f: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: H * W * C },
    (_, i) => video[((i % C) * F + f) * H * W + Math.floor(i / C)]!,
  )
}

export async function readAll(ops: Ops, chunks: AsyncIterable<Frame[]>): Promise<Float32Array[][]> {
  const read: Float32Array[][] = []
  for await (const frames of chunks) {
    read.push(await Promise.all(frames.map((frame) => ops.read(frame))))
    ops.release(...frames)
  }
  return read
}

/** Frames [H, W, C] of an official video on the GPU, in the storage type; the caller's, one after the other. */
export async function* uploadFrames(ops: Ops, golden: WeightFile, name: string): AsyncGenerator<Frame> {
  const shape = clipShape(golden, name)
  const [C, F, H, W] = shape
  const video = await golden.floats(name)
  for (let f = 0; f < F; f++) yield uploadStorage(ops, frameOf(video, shape, f), [H, W, C], 'frame').tensor
}
