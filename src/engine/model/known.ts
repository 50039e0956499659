// Names and default settings of the published models of Wan's architecture.
import { catalogueEntry } from '../../catalogue/catalogue'
import type { Geometry } from '../../models/family'
import { layersOf } from '../../weights/names'
import { requireTensor, type WeightFile } from '../../weights/weight-file'
import { knownLive } from './live-facts'
import { latentPreview, WAN21_PREVIEW, WAN22_PREVIEW } from './latent-preview'
import type { ModelCardFacts } from './manifest'
import type { ModelParts } from './parts'
import { publishedModel } from './published'
import { TI2V_5B, ti2vModel } from './ti2v-models'
import { vaceFacts } from './vace-facts'

/** FastWan's gates of sparse attention. */
export const GATES = /to_gate_compress/

/** A published model by its id in the catalogue. */
function published(id: string): ModelCardFacts {
  const entry = catalogueEntry(id)
  if (!entry) throw new Error(`The catalogue has no ${id}.`)
  const { title, licence, defaults, sizes } = entry
  return {
    id,
    name: title,
    licence,
    defaults,
    sizes: sizes.map(({ width, height }) => [width, height] as const),
    latentPreview: WAN21_PREVIEW,
  }
}

/** What the causal students of Wan 2.1 1.3B have in common: its own size, 81 frames, four steps without guidance. */
function causal13B(id: string, name: string): ModelCardFacts {
  return {
    ...published('wan2.1-t2v-1.3b'),
    id,
    name,
    defaults: {
      width: 832,
      height: 480,
      numFrames: 81,
      fps: 16,
      numInferenceSteps: 4,
      guidanceScale: 1,
      shift: 5,
      sampler: 'self-forcing',
    },
    sizes: [
      [832, 480],
      [480, 832],
      [416, 240],
    ],
  }
}

/** The facts of a causal model, whatever its size; undefined where the transformer is none. */
function causalModel(parts: ModelParts, isTi2v: boolean): ModelCardFacts | undefined {
  const { path, wan } = parts.dit
  const known = knownLive({ path, prefix: wan.layout.prefix, isTi2v })
  if (!known) return undefined
  const { id, name, facts: live } = known
  if (!isTi2v) return { ...causal13B(id, name), live }
  const { negativePrompt: _unused, ...defaults } = TI2V_5B.defaults
  const few = { numInferenceSteps: 4, guidanceScale: 1, sampler: 'self-forcing', numFrames: 93 }
  return { ...TI2V_5B, id, name, defaults: { ...defaults, ...few }, live }
}

/** Width and layers of the DiT, and the text encoder's width. */
function sizeOf({ dit, textEncoder }: ModelParts): { dim: number; numLayers: number; textDim: number } {
  const width = (file: WeightFile, name: string, axis: number): number =>
    requireTensor(file, name).shape[axis] ?? 0
  return {
    dim: width(dit.wan.file, 'patch_embedding.weight', 0),
    numLayers: layersOf(dit.wan.file.tensors, 'blocks').length,
    textDim: width(textEncoder.wan.file, 'token_embedding.weight', 1),
  }
}

/**
 * Recognises models distilled to few steps, which have the shapes of the original, by traces that their makers left
 * in the file.
 */
function variantOf({ dit: { wan } }: ModelParts): string {
  if (wan.dropped.some((name) => GATES.test(name))) return 'fastwan2.1-t2v-1.3b'
  return wan.layout.prefix.endsWith('net.') ? 'rcm-wan2.1-t2v-1.3b' : 'wan2.1-t2v-1.3b'
}

/**
 * Name and defaults of a recognised set of files. Other sizes of the architecture are named by their layers and
 * width.
 * @param model an id of the catalogue, where the user chose one
 */
export function knownModel(parts: ModelParts, { channels }: Geometry, model?: string): ModelCardFacts {
  const { dim, numLayers, textDim } = sizeOf(parts)
  const other = vaceFacts(parts.dit.wan.file) ?? publishedModel(parts)
  if (other && ((dim === 1536 && numLayers === 30) || (dim === 5120 && numLayers === 40)) && textDim === 4096)
    return other
  const isTi2v = channels === WAN22_PREVIEW.factors.length
  const is5B = isTi2v && dim === 3072 && numLayers === 30 && textDim === 4096
  const is13B = dim === 1536 && numLayers === 30 && textDim === 4096
  const chosen = model !== undefined && catalogueEntry(model) !== undefined
  const causal = chosen || other ? undefined : causalModel(parts, isTi2v)
  if (causal)
    return is5B || is13B
      ? causal
      : {
          ...causal,
          id: `${causal.id}-${numLayers}x${dim}`,
          name: `${causal.name}, ${numLayers} layers, ${dim} wide`,
          latentPreview: latentPreview(channels),
        }
  if (is5B) return ti2vModel(parts.dit.path)
  const facts = other ?? published(model !== undefined && catalogueEntry(model) ? model : variantOf(parts))
  if (is13B && !other) return facts
  return {
    ...(isTi2v ? TI2V_5B : facts),
    id: `wan-${numLayers}x${dim}`,
    name: `Wan of ${numLayers} layers, ${dim} wide`,
    latentPreview: latentPreview(channels),
  }
}
