// What the published models of Wan's architecture are called, and what to ask of them where nothing was said.
import { WeightsError } from '../weights/error'
import type { ModelConfig, ModelManifest } from '../weights/manifest'
import type { ModelParts } from '../weights/model-parts'

/** What a manifest says beside config and files. */
export type ModelCardFacts = Omit<ModelManifest, 'config' | 'files' | 'format' | 'version'>

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

/** As Wan's authors recommend for the 1.3B. */
const WAN_DEFAULTS = { width: 832, height: 480, numFrames: 81, fps: 16, numInferenceSteps: 50, guidanceScale: 6, shift: 8, sampler: 'unipc' } as const
const WAN_SIZES = [[832, 480], [480, 832], [624, 624]] as const

export const WAN_1_3B: ModelCardFacts = {
  id: 'wan2.1-t2v-1.3b',
  name: 'Wan 2.1 T2V 1.3B',
  licence: 'Apache-2.0',
  defaults: WAN_DEFAULTS,
  sizes: WAN_SIZES,
  latentPreview: WAN_PREVIEW,
}

interface KnownSize {
  readonly dim: number
  readonly numLayers: number
  readonly what: string
}

/** Models of the same layout that are not to be run here. */
const TOO_LARGE: readonly KnownSize[] = [
  { dim: 5120, numLayers: 40, what: "Wan's 14B model" },
  { dim: 3072, numLayers: 30, what: "Wan 2.2's 5B model" },
]

/** @throws WeightsError where the DiT is a published model that a browser cannot run */
export function refuseKnown({ dit: { path } }: ModelParts, { dit: { dim, numLayers } }: ModelConfig): void {
  const known = TOO_LARGE.find((each) => each.dim === dim && each.numLayers === numLayers)
  if (known) throw new WeightsError(path, `${path} is ${known.what} (${numLayers} layers of width ${dim}); Zoetrope runs the 1.3B (30 layers of width 1536). Choose a file of Wan 2.1 T2V 1.3B.`)
}

/** Name and defaults of a recognised set of files. Another size of the architecture is called by its width and layers. */
export function knownModel({ dit, textEncoder, vae }: ModelConfig): ModelCardFacts {
  const latentPreview = vae.zDim === WAN_PREVIEW.factors.length ? WAN_PREVIEW : { factors: vae.mean.map((_, c) => [Number(c === 0), Number(c === 1), Number(c === 2)] as const), bias: [0, 0, 0] as const }
  const is13B = dit.dim === 1536 && dit.numLayers === 30 && textEncoder.dim === 4096
  if (is13B) return WAN_1_3B
  const size = `${dit.numLayers}x${dit.dim}`
  return { ...WAN_1_3B, id: `wan-${size}`, name: `Wan of ${dit.numLayers} layers, ${dit.dim} wide`, latentPreview }
}
