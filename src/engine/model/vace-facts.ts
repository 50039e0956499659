// Name and default settings of Wan's VACE models, as their authors run them.
import { WAN_CLIP } from '../../catalogue/catalogue'
import { hasSideBlocks } from '../../models/wan-dit/vace-config'
import { shapeOf, type WeightFile } from '../../weights/weight-file'
import { WAN21_PREVIEW } from './latent-preview'
import type { ModelCardFacts } from './manifest'

const VACE_1_3B: ModelCardFacts = {
  id: 'vace-1.3b',
  name: 'Wan 2.1 VACE 1.3B',
  licence: 'Apache-2.0',
  defaults: { ...WAN_CLIP, guidanceScale: 5, shift: 16 },
  sizes: [
    [832, 480],
    [480, 832],
  ],
  latentPreview: WAN21_PREVIEW,
}

const VACE_14B: ModelCardFacts = {
  ...VACE_1_3B,
  id: 'vace-14b',
  name: 'Wan 2.1 VACE 14B',
  sizes: [[1280, 720], [720, 1280], ...VACE_1_3B.sizes],
}

/** Of a transformer with side blocks; undefined of others. Of sizes that are not published, the smaller one's. */
export function vaceFacts(dit: WeightFile): ModelCardFacts | undefined {
  if (!hasSideBlocks(dit)) return undefined
  const [width] = shapeOf(dit, 'patch_embedding.weight', 5)
  return width === 5120 ? VACE_14B : VACE_1_3B
}
