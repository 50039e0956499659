// The models to choose from: descriptions, files and defaults.
import { CATALOGUE_FILES, type CatalogueFile } from './files'
import type { FrameSize } from '../protocol/engine'
import type { SettingsDefaults } from '../protocol/settings'

export type { CatalogueFile } from './files'

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
  /** What it also works with, where one wants it. */
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
const GUIDED = {
  ...WAN_CLIP,
  guidanceScale: 6,
  shift: 8,
  cache: 'off',
  decoder: 'full',
  upscale: 1,
} as const
const FAST = { ...GUIDED, negativePrompt: '', guidanceScale: 1 } as const
const SIZES_480P = [
  { width: 832, height: 480 },
  { width: 480, height: 832 },
  { width: 624, height: 624 },
]
const WAN_TEAM = "Wan 2.1 by Alibaba's Wan team"
const { dit, textEncoder, vae, tinyDecoder } = CATALOGUE_FILES
const TINY_DECODER: Extra = {
  title: 'Tiny decoder',
  about:
    'Decodes a clip with a twentieth of the arithmetic and a little less detail, and makes the preview sharp.',
  licence: 'MIT',
  attribution: 'taew2_1 of TAEHV by Ollin Boer Bohan.',
  file: tinyDecoder,
}

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: 'zoetrope-mini-2',
    title: 'Zoetrope Mini 2',
    about: 'Balls, boats and birds, drawn at 256×256. Comes with the page and runs anywhere.',
    licence: 'Apache-2.0',
    attribution: 'Trained from scratch for Zoetrope.',
    folder: 'models/mini/',
    sample: 'examples/blue-bird.webp',
    files: [],
    loras: [{ title: 'Night neon', path: 'loras/night-neon.safetensors' }],
    defaults: {
      negativePrompt: '',
      width: 64,
      height: 64,
      numFrames: 33,
      fps: 16,
      numInferenceSteps: 4,
      guidanceScale: 1,
      shift: 3,
      sampler: 'euler',
      cache: 'off',
      decoder: 'full',
      upscale: 4,
    },
    sizes: [{ width: 64, height: 64 }],
    memoryBytes: 10e6,
  },
  {
    id: 'wan2.1-t2v-1.3b',
    title: 'Wan 2.1 T2V 1.3B',
    about: "The published model in ComfyUI's files: 50 guided steps, the best quality and the slowest.",
    licence: 'Apache-2.0',
    attribution: `${WAN_TEAM}; files repackaged by Comfy Org.`,
    files: [dit.fp16, textEncoder.fp8, vae],
    extras: [TINY_DECODER],
    defaults: GUIDED,
    sizes: SIZES_480P,
    memoryBytes: 2.6e9,
  },
  {
    id: 'wan2.1-t2v-1.3b-gguf',
    title: 'Wan 2.1 T2V 1.3B, GGUF',
    about: 'The same model quantised to 8 bits, its text encoder to 5: three fifths of the download.',
    licence: 'Apache-2.0',
    attribution: `${WAN_TEAM}; GGUF files by Samuel Christlie and city96; VAE repackaged by Comfy Org.`,
    files: [dit.q8, textEncoder.q5, vae],
    extras: [TINY_DECODER],
    defaults: GUIDED,
    sizes: SIZES_480P,
    memoryBytes: 2.6e9,
  },
  {
    id: 'wan2.1-t2v-1.3b-small',
    title: 'Wan 2.1 T2V 1.3B, smallest',
    about: 'Everything in 4 bits: half the download, at some loss of quality.',
    licence: 'Apache-2.0',
    attribution: `${WAN_TEAM}; GGUF files by Samuel Christlie and city96; VAE repackaged by Comfy Org.`,
    files: [dit.q4, textEncoder.q4, vae],
    extras: [TINY_DECODER],
    defaults: GUIDED,
    sizes: SIZES_480P,
    memoryBytes: 2.6e9,
  },
  {
    id: 'fastwan2.1-t2v-1.3b',
    title: 'FastWan 2.1 T2V 1.3B',
    about: 'Distilled to three steps without guidance: 3 passes of the model where the original takes 100.',
    licence: 'Apache-2.0',
    attribution: `${WAN_TEAM}; distilled by the FastVideo team at Hao AI Lab; text encoder by city96; VAE repackaged by Comfy Org.`,
    files: [dit.fastWan, textEncoder.q5, vae],
    extras: [TINY_DECODER],
    defaults: { ...FAST, height: 448, numFrames: 61, numInferenceSteps: 3, sampler: 'dmd' },
    sizes: [
      { width: 832, height: 448 },
      { width: 448, height: 832 },
    ],
    memoryBytes: 2.4e9,
  },
  {
    id: 'rcm-wan2.1-t2v-1.3b',
    title: 'rCM Wan 2.1 T2V 1.3B',
    about: 'Distilled to one to four steps without guidance; works best with long prompts in English.',
    licence: 'Apache-2.0',
    attribution: `${WAN_TEAM}; distilled by the authors of rCM at NVIDIA and Tsinghua University; text encoder by city96; VAE repackaged by Comfy Org.`,
    isRecommended: true,
    files: [dit.rcm, textEncoder.q5, vae],
    extras: [TINY_DECODER],
    defaults: { ...FAST, numFrames: 77, numInferenceSteps: 4, shift: 1, sampler: 'rcm' },
    sizes: [
      { width: 832, height: 480 },
      { width: 480, height: 832 },
      { width: 640, height: 640 },
    ],
    memoryBytes: 2.6e9,
  },
]

export function catalogueEntry(id: string): CatalogueEntry | undefined {
  return CATALOGUE.find((entry) => entry.id === id)
}

/** The whole download. */
export function totalBytes({ files }: Pick<Downloadable, 'files'>): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

const HUB = 'https://huggingface.co'
const GITHUB = 'https://raw.githubusercontent.com'

/**
 * Another source of the files: one folder that contains them all under their own names, or, by repository, a folder
 * with that repository's paths. Both end in a slash.
 */
export type OtherBase = string | { readonly [repository: string]: string }

/** A file's name, without the folders of its repository. */
export function nameOf({ path }: Pick<CatalogueFile, 'path'>): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The address of a file. */
export function addressOf({ host, repository, revision, path }: CatalogueFile, base?: OtherBase): string {
  if (typeof base === 'string') return base + nameOf({ path })
  const own =
    host === 'github' ? `${GITHUB}/${repository}/${revision}/` : `${HUB}/${repository}/resolve/${revision}/`
  return (base?.[repository] ?? own) + path
}
