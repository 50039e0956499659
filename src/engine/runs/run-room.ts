import { i420Size } from '../../media/yuv'
import { latentShape, type Networks } from '../../models/family'
import { neededFrom } from '../../sampling/sampler-state'
import { createSampler } from '../../sampling/samplers'
import type { RunRoom } from '../../storage/runs/run-store'
import type { Clip } from '../clip'

/** Latents that EasyCache keeps: those before, the model's last input, and its output, twice with guidance. */
function cacheTensors({ cache, guidanceScale }: Clip['settings']): number {
  if (cache === 'off') return 0
  return guidanceScale > 1 ? 4 : 3
}

/** The most tensors that a step leaves. */
function stepTensors({ settings, samplers }: Clip): number {
  const sampler = createSampler(settings.sampler, settings.numInferenceSteps, settings.shift, samplers)
  const history = sampler.timesteps.map((_, i) => neededFrom(sampler, i + 1).size)
  return Math.max(...history) + cacheTensors(settings)
}

/**
 * Room that a clip's run takes: the prompts, two steps, and the frames.
 * @param pictureBytes of the picture that it begins with
 */
export function roomFor(networks: Networks, clip: Clip, pictureBytes: number): RunRoom {
  const { settings, prompts, upscale = 1 } = clip
  const tokens = prompts.reduce((sum, { length }) => sum + length, 0)
  const latents = latentShape(networks.geometry, settings).reduce((product, size) => product * size)
  const frame = i420Size(upscale * settings.width, upscale * settings.height)
  return {
    saves: new Map([
      ['prompts', { bytes: 4 * tokens * networks.textDim, slots: 1 }],
      ['step', { bytes: 4 * latents * stepTensors(clip), slots: 2 }],
      ...(pictureBytes > 0 ? ([['picture', { bytes: pictureBytes, slots: 1 }]] as const) : []),
    ]),
    frameBytes: frame * settings.numFrames,
  }
}

/** Bytes of it all. */
export function totalOf({ saves, frameBytes }: RunRoom): number {
  return [...saves.values()].reduce((sum, { bytes, slots }) => sum + bytes * slots, frameBytes)
}
