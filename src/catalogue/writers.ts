// The small instruct model that writes longer prompts, where the browser has none of its own.
import type { WriterDtype } from '../protocol/writer'
import type { Downloadable } from './catalogue'
import type { CatalogueFile } from './files'

export interface WriterEntry extends Downloadable {
  readonly dtype: WriterDtype
  /** Whether the GPU must compute in 16 bits. */
  readonly needsF16: boolean
  /** Of the GPU, about: weights, and the keys and values of a prompt. */
  readonly memoryBytes: number
}

const QWEN = {
  role: 'writer',
  repository: 'onnx-community/Qwen3-0.6B-ONNX',
  revision: 'da1453100cf3ff33ef56d17983fc7a8648706db6',
} as const

/** Sizes and hashes as public projects that pin this revision list them. */
const FILES: readonly CatalogueFile[] = [
  {
    ...QWEN,
    path: 'config.json',
    bytes: 912,
    sha256: '8a04114ba59cc42b47d804d35d1d5c61d746ae4634f41f796768c6e302d39b9e',
  },
  {
    ...QWEN,
    path: 'generation_config.json',
    bytes: 219,
    sha256: '9e9e031ae8bca36eefcdcdd0b35d83c61baa01e31d68d5f5a961c9ca1a4b95bf',
  },
  {
    ...QWEN,
    path: 'tokenizer.json',
    bytes: 9_117_040,
    sha256: 'e7a95fce95bf5b0946d0ddb3f9d7caa030b7e850bbe92b0edb26bcf563e9f3d5',
  },
  {
    ...QWEN,
    path: 'tokenizer_config.json',
    bytes: 9_705,
    sha256: 'b0a8115cf05a7002cbe2575058c0139c1dee3f06f221c05717c3444947d78b9f',
  },
  {
    ...QWEN,
    path: 'onnx/model_q4f16.onnx',
    bytes: 569_789_750,
    sha256: '9e33a5911974174761d0dfdcc0bec975d9c45af0eae5e9eb647b8ba9442a8f91',
  },
]

export const WRITER: WriterEntry = {
  id: 'qwen3-0.6b',
  title: 'Qwen3 0.6B',
  about: 'Writes longer prompts for Enrich, in English and Chinese, where the browser has no model for it.',
  licence: 'Apache-2.0',
  attribution: "Qwen3 by Alibaba's Qwen team; ONNX files by the ONNX Community.",
  files: FILES,
  dtype: 'q4f16',
  needsF16: true,
  memoryBytes: 1.2e9,
}
