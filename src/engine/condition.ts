// Encodes the pictures of a clip: into latent frames that are held, or into channels beside the noise, and features.
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { sparseClip, uploadFrame } from '../models/blocks/clip-frames'
import { latentShape, type FeatureShape, type Networks, type PictureUse } from '../models/family'
import { imageChannels, noImageChannels } from '../models/wan-dit/image-channels'
import type { GenerationSettings } from '../protocol/settings'
import type { Phase } from './phases'
import type { Conditioned } from './velocities'

/** A picture as the models see it. Pixels are numbers from −1 to 1, and are not asked for in a dry run. */
export interface ClipPicture {
  /** [height, width, 3] in the video's size. */
  readonly frame: () => Float32Array<ArrayBuffer>
  /** [side, side, 3], of models that attend to features. */
  readonly square: (side: number) => Float32Array<ArrayBuffer>
  readonly sha256: string
}

/** The pictures of a clip, in the order of the frames. */
export interface ClipPictures {
  readonly first: ClipPicture
  readonly last?: ClipPicture
}

/** Callbacks of the phase. */
export interface ConditionEvents {
  /** Returns the features of a picture from a cache, or from `encode`. */
  rememberFeatures?(
    sha256: string,
    encode: () => Promise<Float32Array<ArrayBuffer>>,
  ): Promise<Float32Array<ArrayBuffer>>
  /** Called after each step of the pictures' encoding. */
  onConditioned?(done: number): void
  readonly signal?: AbortSignal
}

/** The phase that encodes the clip's pictures, where it has any. */
export function conditionPhases(
  networks: Networks,
  ops: Ops,
  { settings, pictures }: { readonly settings: GenerationSettings; readonly pictures?: ClipPictures },
  onMade: (made: Conditioned) => void,
  events: ConditionEvents,
): Phase[] {
  const { pictures: use } = networks
  if (!pictures || !use) return []
  return [
    use.as === 'held'
      ? hold(ops, settings, pictures, onMade, events)
      : besideNoise(ops, use, settings, pictures, onMade, events),
  ]
}

/** The first picture becomes the first latent frame. */
function hold(
  ops: Ops,
  settings: GenerationSettings,
  { first }: ClipPictures,
  onMade: (made: Conditioned) => void,
  { signal }: ConditionEvents,
): Phase {
  return {
    name: 'condition',
    steps: 1,
    holds: ['encoder'],
    async run(held) {
      const frame = uploadFrame(ops, first.frame, settings)
      onMade({ held: [{ latents: await held('encoder').encode([frame], 1, signal), first: 0 }] })
    },
  }
}

/** The pictures become a mask and the latents of a clip that is grey elsewhere, and features. */
function besideNoise(
  ops: Ops,
  { features: shape }: PictureUse,
  settings: GenerationSettings,
  { first, last }: ClipPictures,
  onMade: (made: Conditioned) => void,
  { rememberFeatures, onConditioned, signal }: ConditionEvents,
): Phase {
  const { numFrames } = settings
  const given = new Map([[0, first.frame], ...(last ? [[numFrames - 1, last.frame] as const] : [])])
  const seen = shape ? [first, ...(shape.pictures === 2 && last ? [last] : [])] : []
  return {
    name: 'condition',
    steps: seen.length + numFrames,
    holds: shape ? ['vision', 'encoder'] : ['encoder'],
    async run(held) {
      let done = 0
      const step = (): void => {
        done += 1
        onConditioned?.(done)
      }
      const features: Float32Array<ArrayBuffer>[] = []
      for (const { square, sha256 } of seen) {
        const encode = () => held('vision').encode(() => square(shape!.side), signal)
        features.push(await (rememberFeatures?.(sha256, encode) ?? encode()))
        step()
      }
      const latents = await held('encoder').encode(
        counted(sparseClip(ops, numFrames, settings, given), step),
        numFrames,
        signal,
      )
      const channels = imageChannels(ops, latents, new Set(given.keys()))
      ops.release(latents)
      await ops.drain(signal)
      onMade({ channels, ...(shape && { features: joined(features) }) })
    },
  }
}

function* counted<T>(items: Iterable<T>, onItem: () => void): Generator<T> {
  for (const item of items) {
    yield item
    onItem()
  }
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Of a clip without pictures; a model for pictures reads that nothing is given. */
export function conditionedOnText(
  { geometry, pictures }: Pick<Networks, 'geometry' | 'pictures'>,
  ops: Ops,
  settings: GenerationSettings,
): Conditioned {
  if (pictures?.as !== 'channels') return {}
  const { features } = pictures
  return {
    channels: noImageChannels(ops, latentShape(geometry, settings)),
    ...(features && { features: noFeatures(features) }),
  }
}

function noFeatures({ count, width, pictures }: FeatureShape): Float32Array<ArrayBuffer> {
  return new Float32Array(count * width * pictures)
}

/** Releases what is on the GPU. */
export function releaseConditioned(ops: Ops, { held = [], channels, control }: Conditioned): void {
  const tensors: Tensor[] = held.map(({ latents }) => latents)
  ops.release(...tensors, ...(channels ? [channels] : []), ...(control ? [control.context] : []))
}
