// Files of media: the headers of pictures, the notes in films, backups of the gallery, links.
import { zipSync } from 'fflate'
import { readRecipeFile } from '../../src/media/recipe-file'
import { readPictureHeader } from '../../src/media/picture/header'
import { linkFor, readLink } from '../../src/protocol/recipe-link'
import { bringBack } from '../../src/storage/gallery/backup'
import { clipsInMemory } from '../../src/storage/gallery/clip-files'
import { indexInMemory } from '../../src/storage/gallery/clip-index'
import { createGallery } from '../../src/storage/gallery/gallery'
import { WeightsError } from '../../src/weights/error'
import { filmWith, RECIPE } from './document-targets'
import { mutateBytes } from './mutate-bytes'
import { mutateJson, mutateJsonText } from './mutate-json'
import { encoder, fixture, type Target } from './target'

/** Refusals are answers here; they are counted as those of the other parsers are. */
function refuse(why: string): never {
  throw new WeightsError('input', why)
}

const PICTURES = [
  'clear.png',
  'extended.webp',
  'lossless.webp',
  'lossy.webp',
  'plain.avif',
  'plain.gif',
  'plain.jpg',
  'plain.png',
  'turned.jpg',
].map((name) => fixture(`pictures/${name}`).slice(0, 1200))
export const pictures: Target = {
  name: 'pictures',
  make: (random) => mutateBytes(random, random.pick(PICTURES)),
  async read(input) {
    readPictureHeader(input, 'input')
  },
}

/** A graph as ComfyUI saves it: nodes by number, links as pairs. */
const GRAPH = {
  '3': {
    class_type: 'KSampler',
    inputs: {
      seed: 7,
      steps: 20,
      cfg: 5,
      sampler_name: 'uni_pc',
      model: ['48', 0],
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['40', 0],
    },
  },
  '6': { class_type: 'CLIPTextEncode', inputs: { text: 'a red ball', clip: ['38', 0] } },
  '7': { class_type: 'CLIPTextEncode', inputs: { text: 'blur', clip: ['38', 0] } },
  '40': { class_type: 'EmptyHunyuanLatentVideo', inputs: { width: 832, height: 480, length: 81 } },
  '48': { class_type: 'ModelSamplingSD3', inputs: { shift: 8, model: ['37', 0] } },
  '37': { class_type: 'UNETLoader', inputs: { unet_name: 'wan2.1_t2v_1.3B_fp16.safetensors' } },
}
/** As Wan2GP writes its settings. */
const WAN2GP = {
  prompt: 'a red ball',
  negative_prompt: '',
  resolution: '832x480',
  video_length: 81,
  seed: 7,
  num_inference_steps: 30,
  guidance_scale: 5,
  flow_shift: 5,
  model_type: 't2v_1.3B',
  type: 'WanGP v9 by DeepBeepMeep',
}
export const notes: Target = {
  name: 'notes in films',
  make(random) {
    const graph = mutateJson(random, GRAPH)
    const document = random.pick([
      () => ({ prompt: random.chance(0.5) ? graph : JSON.stringify(graph) }),
      () => mutateJson(random, WAN2GP),
      () => mutateJson(random, RECIPE),
    ])()
    const text = encoder.encode(
      random.chance(0.1) ? mutateJsonText(random, WAN2GP) : JSON.stringify(document),
    )
    if (random.chance(0.3)) return text
    const film = filmWith(text)
    return random.chance(0.4) ? mutateBytes(random, film) : film
  },
  async read(input) {
    if ((await readRecipeFile(new Blob([input]))) === undefined) refuse('holds no recipe')
  },
}

const LINK = linkFor('https://a.org/', { prompt: 'a red ball', seed: 7 }, { model: 'mini' })
export const links: Target = {
  name: 'links',
  make(random) {
    if (random.chance(0.4)) return mutateBytes(random, encoder.encode(new URL(LINK).hash))
    const packed = Buffer.from(mutateJsonText(random, RECIPE)).toString('base64url')
    return encoder.encode(`#recipe=${packed}`)
  },
  async read(input) {
    if (readLink(new TextDecoder().decode(input))?.ok !== true) refuse('is no recipe')
  },
}

const RECORD = {
  id: '0mh-1234',
  madeAt: 1_700_000_000_000,
  isStarred: true,
  hasPicture: false,
  facts: {
    ...RECIPE,
    modelVersion: '1',
    fps: 16,
    codec: 'H.264',
    adapter: 'A GPU',
    seconds: 3,
    peakGpuBytes: 1e9,
    plannedGpuBytes: 1e9,
    notes: [],
    stages: [{ stage: 'denoise', seconds: 2 }],
  },
}
export const backups: Target = {
  name: 'backups',
  make(random) {
    const file = zipSync(
      {
        '0mh-1234/record.json': encoder.encode(mutateJsonText(random, RECORD)),
        '0mh-1234/clip.mp4': random.bytes(random.below(40)),
        ...(random.chance(0.3) && { 'x/record.json': encoder.encode(JSON.stringify(RECORD)) }),
        ...(random.chance(0.01) && { 'x/poster': new Uint8Array(8 << 20) }),
      },
      { level: random.chance(0.5) ? 0 : 1 },
    )
    return random.chance(0.5) ? mutateBytes(random, new Uint8Array(file)) : new Uint8Array(file)
  },
  async read(input) {
    const gallery = createGallery(clipsInMemory(), indexInMemory())
    const { count } = await bringBack(gallery, new Blob([input]), async (picture) => picture)
    if (count === 0) refuse('holds no clip')
    await gallery.list()
  },
}
