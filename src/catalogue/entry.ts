// What the catalogue has of a model, and what Wan's models share.
import type { FrameSize } from '../protocol/engine'
import type { SettingsDefaults } from '../protocol/settings'
import { CATALOGUE_FILES, type CatalogueFile } from './files'

/** A file that a model does without, but is better or faster with. */
export interface Extra {
  readonly title: string
  /** One plain sentence. */
  readonly about: string
  readonly licence: string
  readonly attribution: string
  readonly file: CatalogueFile
}

/** A LoRA that comes with the page. */
export interface BundledLora {
  readonly title: string
  /** In the page's folder. */
  readonly path: string
}

/** What can be downloaded. */
export interface Downloadable {
  /** Lower-case letters, digits, "." and "-". */
  readonly id: string
  readonly title: string
  /** One plain sentence. */
  readonly about: string
  readonly licence: string
  /** Whom to thank. */
  readonly attribution: string
  /** To download. */
  readonly files: readonly CatalogueFile[]
  /** Optional files that it also works with. */
  readonly extras?: readonly Extra[]
}

export interface CatalogueEntry extends Downloadable {
  /** The folder of a model that comes with the page; its manifest.json lists the files. */
  readonly folder?: string
  /** The one to begin with, among those that are downloaded: quick, and good for its size. */
  readonly isRecommended?: boolean
  /** A still of a clip that it made, in the page's folder. */
  readonly sample?: string
  /** Other looks, of a model that comes with the page. */
  readonly loras?: readonly BundledLora[]
  readonly defaults: SettingsDefaults & { readonly fps: number }
  /** Sizes that it was trained for, in pixels. */
  readonly sizes: readonly FrameSize[]
  /**
   * GPU memory that the plan needs at the model's own size and length with matrices in 8 bits, rounded up. With less,
   * the engine plans smaller.
   */
  readonly memoryBytes: number
}

/** The authors' own negative prompt for Wan. */
export const WAN_NEGATIVE_PROMPT =
  '色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走'

/** The clip that Wan's models were trained to make, with its authors' steps. */
export const WAN_CLIP = {
  negativePrompt: WAN_NEGATIVE_PROMPT,
  width: 832,
  height: 480,
  numFrames: 81,
  fps: 16,
  numInferenceSteps: 50,
  sampler: 'unipc',
} as const
export const GUIDED = {
  ...WAN_CLIP,
  guidanceScale: 6,
  shift: 8,
  cache: 'off',
  decoder: 'full',
  upscale: 1,
} as const
export const FAST = { ...GUIDED, negativePrompt: '', guidanceScale: 1 } as const
export const SIZES_480P = [
  { width: 832, height: 480 },
  { width: 480, height: 832 },
  { width: 624, height: 624 },
]
const tinyDecoderOf = (name: string, file: CatalogueFile): Extra => ({
  title: 'Tiny decoder',
  about:
    'Decodes a clip with a twentieth of the arithmetic and a little less detail, and makes the preview sharp.',
  licence: 'MIT',
  attribution: `${name} of TAEHV by Ollin Boer Bohan.`,
  file,
})

export const TINY_DECODER = tinyDecoderOf('taew2_1', CATALOGUE_FILES.tinyDecoder.wan21)
/** Of Wan 2.2's latents. */
export const TINY_DECODER_22 = tinyDecoderOf('taew2_2', CATALOGUE_FILES.tinyDecoder.wan22)
