// The supported quantised blocks of ggml: elements and bytes of a block.

/**
 * - Q4_0, Q5_0, Q8_0: 32 elements, f16 scale d; w = d·q, q signed.
 * - Q4_1, Q5_1: 32 elements, f16 d and m; w = d·q + m.
 * - Q2_K, Q4_K, Q5_K: 256 elements, f16 d and dmin; sub-blocks of 16 (Q2_K) or 32 with small integers s and m; w =
 * d·s·q − dmin·m.
 * - Q3_K, Q6_K: 256 elements, f16 d; sub-blocks of 16 with a signed integer s; w = d·s·q.
 */
export const BLOCK_TYPES = {
  Q4_0: { elements: 32, bytes: 18 },
  Q4_1: { elements: 32, bytes: 20 },
  Q5_0: { elements: 32, bytes: 22 },
  Q5_1: { elements: 32, bytes: 24 },
  Q8_0: { elements: 32, bytes: 34 },
  Q2_K: { elements: 256, bytes: 84 },
  Q3_K: { elements: 256, bytes: 110 },
  Q4_K: { elements: 256, bytes: 144 },
  Q5_K: { elements: 256, bytes: 176 },
  Q6_K: { elements: 256, bytes: 210 },
} as const

export type BlockDType = keyof typeof BLOCK_TYPES

export function isBlockDType(dtype: string): dtype is BlockDType {
  return Object.hasOwn(BLOCK_TYPES, dtype)
}
