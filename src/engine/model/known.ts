// Names and default settings of the published models of Wan's architecture.
import { catalogueEntry } from '../../catalogue/catalogue'
import { WeightsError } from '../../weights/error'
import type { Geometry } from '../../models/family'
import { layersOf } from '../../weights/names'
import { requireTensor, type WeightFile } from '../../weights/weight-file'
import type { ModelManifest } from './manifest'
import type { ModelParts } from './parts'

/** A manifest without its files and numbers. */
export type ModelCardFacts = Omit<ModelManifest, 'family' | 'files' | 'format' | 'version'>

/** FastWan's gates of sparse attention. */
export const GATES = /to_gate_compress/

/** Fitted to Wan 2.1's normalised latents; the numbers are ComfyUI's. */
const WAN_PREVIEW: ModelManifest['latentPreview'] = {
  factors: [
    [-0.1299, -0.1692, 0.2932],
    [0.0671, 0.0406, 0.0442],
    [0.3568, 0.2548, 0.1747],
    [0.0372, 0.2344, 0.142],
    [0.0313, 0.0189, -0.0328],
    [0.0296, -0.0956, -0.0665],
    [-0.3477, -0.4059, -0.2925],
    [0.0166, 0.1902, 0.1975],
    [-0.0412, 0.0267, -0.1364],
    [-0.1293, 0.074, 0.1636],
    [0.068, 0.3019, 0.1128],
    [0.0032, 0.0581, 0.0639],
    [-0.1251, 0.0927, 0.1699],
    [0.006, -0.0633, 0.0005],
    [0.3477, 0.2275, 0.295],
    [0.1984, 0.0913, 0.1861],
  ],
  bias: [-0.1835, -0.0868, -0.336],
}

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
    latentPreview: WAN_PREVIEW,
  }
}

interface KnownSize {
  readonly dim: number
  readonly numLayers: number
  readonly what: string
}

/** Models of the same layout that Zoetrope does not run. */
const TOO_LARGE: readonly KnownSize[] = [
  { dim: 5120, numLayers: 40, what: "Wan's 14B model" },
  { dim: 3072, numLayers: 30, what: "Wan 2.2's 5B model" },
]

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

/** @throws WeightsError where the DiT is a published model that a browser cannot run */
export function refuseKnown(parts: ModelParts): void {
  const { path } = parts.dit
  const { dim, numLayers } = sizeOf(parts)
  const known = TOO_LARGE.find((each) => each.dim === dim && each.numLayers === numLayers)
  if (known)
    throw new WeightsError(
      path,
      `${path} is ${known.what} (${numLayers} layers of width ${dim}); Zoetrope runs the 1.3B (30 layers of width 1536). Choose a file of Wan 2.1 T2V 1.3B.`,
    )
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
  const is13B = dim === 1536 && numLayers === 30 && textDim === 4096
  const facts = published(model !== undefined && catalogueEntry(model) ? model : variantOf(parts))
  if (is13B) return facts
  const latentPreview =
    channels === WAN_PREVIEW.factors.length
      ? WAN_PREVIEW
      : {
          factors: Array.from(
            { length: channels },
            (_, c) => [Number(c === 0), Number(c === 1), Number(c === 2)] as const,
          ),
          bias: [0, 0, 0] as const,
        }
  return {
    ...facts,
    id: `wan-${numLayers}x${dim}`,
    name: `Wan of ${numLayers} layers, ${dim} wide`,
    latentPreview,
  }
}
