// Small LoRAs for any model: two layers of it, or those that a test names.
import { writeSafetensors } from '../../src/weights/formats/safetensors'
import { elementCount } from '../../src/weights/weight-file'
import { randomFloats } from './random'

export interface TinyLora {
  /** Layers of the model, with the shape of their matrix. */
  readonly layers: ReadonlyMap<string, readonly number[]>
  readonly rank?: number
  readonly seed?: number
  /** Size of the numbers in the upper half. */
  readonly size?: number
  readonly metadata?: Readonly<Record<string, string>>
}

/** The safetensors of a LoRA in ComfyUI's names. */
export function tinyLora({
  layers,
  rank = 4,
  seed = 1,
  size = 0.1,
  metadata = {},
}: TinyLora): Uint8Array<ArrayBuffer> {
  const tensors = [...layers].flatMap(([layer, [rows = 1, ...rest]], i) => {
    const tensor = (name: string, shape: readonly number[], scale: number) => ({
      name: `diffusion_model.${layer}.${name}`,
      dtype: 'F32' as const,
      shape: [...shape],
      bytes: new Uint8Array(
        randomFloats(elementCount(shape), seed + 2 * i + shape[0]!).map((value) => value * scale).buffer,
      ),
    })
    return [
      tensor('lora_down.weight', [rank, elementCount(rest)], 0.1),
      tensor('lora_up.weight', [rows, rank], size),
    ]
  })
  return writeSafetensors(tensors, metadata)
}

/** Attention and feed-forward layers of the first blocks. */
export function someLayers(
  { dim, ffnDim }: { readonly dim: number; readonly ffnDim: number },
  blocks = 1,
): Map<string, readonly number[]> {
  return new Map(
    Array.from({ length: blocks }, (_, i) => [
      [`blocks.${i}.self_attn.q`, [dim, dim]] as const,
      [`blocks.${i}.self_attn.o`, [dim, dim]] as const,
      [`blocks.${i}.cross_attn.k`, [dim, dim]] as const,
      [`blocks.${i}.ffn.0`, [ffnDim, dim]] as const,
    ]).flat(),
  )
}
