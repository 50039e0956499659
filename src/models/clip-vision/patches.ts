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

/** What makes the input of the layers, on the CPU. */
export interface PatchWeights {
  readonly patch: Float32Array // [D, 3, p, p]
  readonly positions: Float32Array // [n + 1, D]
  readonly classToken: Float32Array // [D]
  readonly norm: { readonly weight: Float32Array; readonly bias: Float32Array } // [D]
}

/** Features of a picture: one for each patch, and the class token's. */
export function featureCount({ imageSize, patchSize }: ClipVisionConfig): number {
  return 1 + Math.floor(imageSize / patchSize) ** 2
}

export async function loadPatchWeights(
  loader: WeightLoader,
  config: ClipVisionConfig,
): Promise<PatchWeights> {
  const { dim: D, patchSize: p } = config
  return {
    patch: await loader.values('patch_embedding.weight', [D, 3, p, p]),
    positions: await loader.values('pos_embedding', [1, featureCount(config), D]),
    classToken: await loader.values('cls_embedding', [1, 1, D]),
    norm: {
      weight: await loader.values('pre_norm.weight', [D]),
      bias: await loader.values('pre_norm.bias', [D]),
    },
  }
}

/** The class token and the patches, each with its position, normed: [n + 1, D]. */
export function embedPatches(
  { patch: weight, positions, classToken, norm }: PatchWeights,
  { dim: D, patchSize: p, eps }: ClipVisionConfig,
  patches: Float32Array,
): Float32Array<ArrayBuffer> {
  const width = 3 * p * p
  const n = patches.length / width
  const x = Float32Array.from(positions)
  for (let d = 0; d < D; d++) x[d]! += classToken[d]!
  for (let patch = 0; patch < n; patch++) {
    for (let d = 0; d < D; d++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += patches[patch * width + i]! * weight[d * width + i]!
      x[(patch + 1) * D + d]! += sum
    }
  }
  layerNormRows(x, norm.weight, norm.bias, eps)
  return x
}
