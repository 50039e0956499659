// Draft, Standard, Quality: for each model the settings between which most people choose.
import type { FrameSize } from '../protocol/engine'
import { SAMPLERS } from '../protocol/samplers'
import type { SettingsDefaults } from '../protocol/settings'

export const PRESETS = ['draft', 'standard', 'quality'] as const

export type PresetName = (typeof PRESETS)[number]

/** What a preset decides; the rest stays at the model's defaults. */
export type Preset = Pick<
  SettingsDefaults,
  'width' | 'height' | 'numFrames' | 'numInferenceSteps' | 'decoder' | 'upscale'
>

type Sized = Omit<Preset, 'decoder' | 'upscale'>

export interface PresetModel {
  readonly id: string
  readonly defaults: SettingsDefaults
  readonly sizes: readonly FrameSize[]
  /** A tiny decoder is available, which is good enough for a draft. */
  readonly hasTinyDecoder?: boolean
}

const GUIDED_WAN = {
  draft: { width: 416, height: 240, numFrames: 33, numInferenceSteps: 15 },
  standard: { width: 832, height: 480, numFrames: 49, numInferenceSteps: 30 },
  quality: { width: 832, height: 480, numFrames: 81, numInferenceSteps: 50 },
} as const

const OWN: Readonly<Record<string, Readonly<Record<PresetName, Sized>>>> = {
  'wan2.1-t2v-1.3b': GUIDED_WAN,
  'wan2.1-t2v-1.3b-gguf': GUIDED_WAN,
  'wan2.1-t2v-1.3b-small': GUIDED_WAN,
  'fastwan2.1-t2v-1.3b': {
    draft: { width: 416, height: 224, numFrames: 33, numInferenceSteps: 3 },
    standard: { width: 832, height: 448, numFrames: 33, numInferenceSteps: 3 },
    quality: { width: 832, height: 448, numFrames: 61, numInferenceSteps: 3 },
  },
  'rcm-wan2.1-t2v-1.3b': {
    draft: { width: 416, height: 240, numFrames: 33, numInferenceSteps: 2 },
    standard: { width: 832, height: 480, numFrames: 33, numInferenceSteps: 4 },
    quality: { width: 832, height: 480, numFrames: 77, numInferenceSteps: 4 },
  },
}

function snapped(pixels: number): number {
  return Math.max(32, Math.round(pixels / 16) * 16)
}

function halfFrames(frames: number): number {
  return Math.max(5, Math.round((frames - 1) / 8) * 4 + 1)
}

/** For models that have none of their own: half the length and fewer steps, as it is, and more steps. */
function derived({ defaults }: PresetModel): Record<PresetName, Sized> {
  const { width, height, numFrames, numInferenceSteps: steps, sampler } = defaults
  const isFewStep = SAMPLERS.some(({ id, fewSteps }) => id === sampler && fewSteps !== undefined)
  const isSmall = Math.min(width, height) < 240
  const standard = { width, height, numFrames, numInferenceSteps: steps }
  return {
    draft: {
      width: isSmall ? width : snapped(width / 2),
      height: isSmall ? height : snapped(height / 2),
      numFrames: halfFrames(numFrames),
      numInferenceSteps: isFewStep ? steps : Math.max(2, Math.round(steps / 2)),
    },
    standard,
    quality: {
      ...standard,
      numInferenceSteps: isFewStep ? steps : Math.min(60, Math.max(steps + 4, 2 * steps)),
    },
  }
}

export function presetsOf(model: PresetModel): Readonly<Record<PresetName, Preset>> {
  const { draft, standard, quality } = OWN[model.id] ?? derived(model)
  const { decoder, upscale } = model.defaults
  return {
    draft: { ...draft, decoder: model.hasTinyDecoder === true ? 'tiny' : decoder, upscale },
    standard: { ...standard, decoder, upscale },
    quality: { ...quality, decoder: 'full', upscale },
  }
}
