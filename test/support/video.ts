import { decode } from '../../src/models/wan-vae/decoder'
import { loadDecoder } from '../../src/models/wan-vae/weights'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { VaeConfig } from '../../src/models/wan-vae/config'
import type { WeightFile } from '../../src/weights/weight-file'

/** The clip [3, F, H, W] in [−1, 1], as the official implementation lays it out. */
export async function decodeVideo(
  ops: Ops,
  vae: WeightFile,
  config: VaeConfig,
  latents: Tensor,
): Promise<Float32Array> {
  const weights = await loadDecoder(fileLoader(ops, vae), config)
  const frames: Float32Array[] = []
  for await (const decoded of decode(ops, weights, latents)) {
    for (const frame of decoded) {
      frames.push(await ops.read(frame))
      ops.release(frame)
    }
  }
  const pixels = frames[0]!.length / 3
  return Float32Array.from({ length: 3 * frames.length * pixels }, (_, i) => {
    const value =
      frames[Math.floor(i / pixels) % frames.length]![
        3 * (i % pixels) + Math.floor(i / (pixels * frames.length))
      ]!
    return Math.min(1, Math.max(-1, value))
  })
}
