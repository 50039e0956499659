// Computes the input of the layers once for each picture, on the CPU: little work, in f32 throughout.
import type { WeightLoader } from '../blocks/weight-loader'
import type { ClipVisionConfig } from './config'

/** Statistics of red, green and blue from 0 to 1 in CLIP's training. */
const MEAN = [0.48145466, 0.4578275, 0.40821073]
const STD = [0.26862954, 0.26130258, 0.27577711]

/** The patches of a picture [S, S, 3] of numbers from −1 to 1: [n, 3 p p], row by row, channels slowest within each. */
export function picturePatches(
  pixels: Float32Array,
  { imageSize: S, patchSize: p }: ClipVisionConfig,
): Float32Array<ArrayBuffer> {
  if (pixels.length !== 3 * S * S)
    throw new RangeError(`A picture for CLIP has ${pixels.length} numbers; ${S}×${S}×3 are needed.`)
  const across = S / p
  const width = 3 * p * p
  const patches = new Float32Array(across * across * width)
  for (let y = 0; y < across * p; y++) {
    for (let x = 0; x < across * p; x++) {
      const patch = Math.floor(y / p) * across + Math.floor(x / p)
      for (let c = 0; c < 3; c++) {
        const value = (pixels[(y * S + x) * 3 + c]! * 0.5 + 0.5 - MEAN[c]!) / STD[c]!
        patches[patch * width + (c * p + (y % p)) * p + (x % p)] = value
      }
    }
  }
  return patches
}

/** LayerNorm of each row of `width` numbers, in place. */
function layerNormRows(x: Float32Array, weight: Float32Array, bias: Float32Array, eps: number): void {
  const width = weight.length
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width)
    const mean = row.reduce((sum, value) => sum + value, 0) / width
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
    const scale = 1 / Math.sqrt(variance + eps)
    for (let i = 0; i < width; i++) row[i] = (row[i]! - mean) * scale * weight[i]! + bias[i]!
  }
}

/** The class token and the patches, each with its position, normed: [n + 1, D]. */
export async function embedPatches(
  loader: WeightLoader,
  { dim: D, patchSize: p, eps }: ClipVisionConfig,
  patches: Float32Array,
): Promise<Float32Array<ArrayBuffer>> {
  const width = 3 * p * p
  const n = patches.length / width
  const weight = await loader.values('patch_embedding.weight', [D, 3, p, p])
  const x = (await loader.values('pos_embedding', [1, n + 1, D])).slice()
  const first = await loader.values('cls_embedding', [1, 1, D])
  for (let d = 0; d < D; d++) x[d]! += first[d]!
  for (let patch = 0; patch < n; patch++) {
    for (let d = 0; d < D; d++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += patches[patch * width + i]! * weight[d * width + i]!
      x[(patch + 1) * D + d]! += sum
    }
  }
  layerNormRows(
    x,
    await loader.values('pre_norm.weight', [D]),
    await loader.values('pre_norm.bias', [D]),
    eps,
  )
  return x
}
