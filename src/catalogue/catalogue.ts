// The models to choose from: descriptions, files and defaults.
import { CAUSAL } from './causal'
import { FAST, GUIDED, SIZES_480P, TINY_DECODER, type CatalogueEntry, type Downloadable } from './entry'
import { CATALOGUE_FILES, type CatalogueFile } from './files'
import { PICTURES } from './pictures'

export { WAN_CLIP, WAN_NEGATIVE_PROMPT, type CatalogueEntry, type Downloadable } from './entry'
export type { CatalogueFile } from './files'

const WAN_TEAM = "Wan 2.1 by Alibaba's Wan team"
const { dit, textEncoder, vae: vaes } = CATALOGUE_FILES
const vae = vaes.wan21

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
      decoder: 'tiny',
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
  ...CAUSAL,
  ...PICTURES,
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
