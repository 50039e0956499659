// Names and default settings of the published models of Wan's architecture.
import { catalogueEntry } from '../../catalogue/catalogue'
import type { Geometry } from '../../models/family'
import { layersOf } from '../../weights/names'
import { requireTensor, type WeightFile } from '../../weights/weight-file'
import { published } from './catalogue-facts'
import { knownLive, liveOf } from './live-facts'
import { latentPreview, WAN22_PREVIEW } from './latent-preview'
import type { ModelCardFacts } from './manifest'
import type { ModelParts } from './parts'
import { publishedModel } from './published'
import { TI2V_5B, ti2vModel } from './ti2v-models'
import { vaceFacts } from './vace-facts'

/** FastWan's gates of sparse attention. */
export const GATES = /to_gate_compress/

/**
 * The facts of a causal model, whatever its size; undefined where the transformer is none.
 * @param chosen an id of the catalogue
 */
function causalModel(parts: ModelParts, isTi2v: boolean, chosen?: string): ModelCardFacts | undefined {
  if (chosen !== undefined) {
    const live = liveOf(chosen)
    return live && { ...published(chosen), live }
  }
  const { path, wan } = parts.dit
  const known = knownLive({ path, prefix: wan.layout.prefix, isTi2v })
  if (!known) return undefined
  const { id, name, facts: live } = known
  // What the causal students of the 1.3B share: its own size, 81 frames, four steps without guidance.
  if (!isTi2v) return { ...published('self-forcing-1.3b'), id, name, live }
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
  const chosen = model !== undefined && catalogueEntry(model) ? model : undefined
  const causal = other ? undefined : causalModel(parts, isTi2v, chosen)
  if (causal)
    return is5B || is13B
      ? causal
      : {
          ...causal,
          id: `${causal.id}-${numLayers}x${dim}`,
          name: `${causal.name}, ${numLayers} layers, ${dim} wide`,
          latentPreview: latentPreview(channels),
        }
  if (is5B) return chosen === undefined ? ti2vModel(parts.dit.path) : published(chosen)
  const facts = other ?? published(chosen ?? variantOf(parts))
  if (is13B && !other) return facts
  return {
    ...(isTi2v ? TI2V_5B : facts),
    id: `wan-${numLayers}x${dim}`,
    name: `Wan of ${numLayers} layers, ${dim} wide`,
    latentPreview: latentPreview(channels),
  }
}
