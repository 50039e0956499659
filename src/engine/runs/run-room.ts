import { i420Size } from '../../media/yuv'
import { latentShape, type Networks } from '../../models/family'
import { filmSize } from '../../protocol/settings'
import { neededFrom } from '../../sampling/sampler-state'
import { createSampler } from '../../sampling/samplers'
import type { RunRoom } from '../../storage/runs/run-store'
import type { Clip } from '../clip'
import { isGuided } from '../guidance'

/** Latents that EasyCache keeps: those before, the model's last input, and its output, twice with guidance. */
function cacheTensors(settings: Clip['settings']): number {
  if (settings.cache === 'off') return 0
  return isGuided(settings) ? 4 : 3
}

/** The most tensors that a step leaves. */
function stepTensors({ settings, samplers }: Clip): number {
  const sampler = createSampler(settings.sampler, settings.numInferenceSteps, settings.shift, samplers)
  const history = sampler.timesteps.map((_, i) => neededFrom(sampler, i + 1).size)
  return Math.max(...history) + cacheTensors(settings)
}

/**
 * Room that a clip's run takes: the prompts, two steps, the latents, the frames, and the files that were given.
 * @param given bytes of each of these, by the name under which they are kept
 */
export function roomFor(networks: Networks, clip: Clip, given: ReadonlyMap<string, number>): RunRoom {
  const { settings, prompts } = clip
  const tokens = prompts.reduce((sum, { length }) => sum + length, 0)
  const [C, T, H, W] = latentShape(networks.geometry, settings)
  const references = clip.control?.frames.references.length ?? 0
  const latents = C * (T + references) * H * W
  const { width, height } = filmSize(settings)
  return {
    saves: new Map<string, { bytes: number; slots: 1 | 2 }>([
      ['prompts', { bytes: 4 * tokens * networks.textDim, slots: 1 }],
      ['step', { bytes: 4 * latents * stepTensors(clip), slots: 2 }],
      ['latents', { bytes: 4 * latents, slots: 1 }],
      ...Array.from(given, ([name, bytes]) => [name, { bytes, slots: 1 }] as const),
    ]),
    frameBytes: i420Size(width, height) * settings.numFrames,
  }
}

/** Bytes of it all. */
export function totalOf({ saves, frameBytes }: RunRoom): number {
  return [...saves.values()].reduce((sum, { bytes, slots }) => sum + bytes * slots, frameBytes)
}
