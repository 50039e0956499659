import type { FeatureShape, Loading, VisionEncoder } from '../family'
import type { ClipVisionConfig } from './config'
import { pictureFeatures } from './features'
import { featureCount } from './patches'

/** Opens CLIP's vision transformer in the file of role `clip`: its layers are read when a picture comes. */
export function openClipVision(at: Loading, config: ClipVisionConfig): VisionEncoder {
  const loader = at.loader('clip')
  return {
    encode: (square, signal) => pictureFeatures(loader, config, square, signal ? { signal } : {}),
    release: () => undefined,
  }
}

/** The features that it makes of one picture each. */
export function clipFeatures(config: ClipVisionConfig, pictures: FeatureShape['pictures']): FeatureShape {
  return { side: config.imageSize, count: featureCount(config), width: config.dim, pictures }
}
