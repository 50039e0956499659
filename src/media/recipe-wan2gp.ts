// The settings that Wan2GP writes into the comment of its MP4s.
import { shortName, type RecipeReading } from '../protocol/recipe'
import type { SettingName } from '../protocol/settings'

const NAMES: Readonly<Record<string, SettingName>> = {
  prompt: 'prompt',
  negative_prompt: 'negativePrompt',
  seed: 'seed',
  video_length: 'numFrames',
  num_inference_steps: 'numInferenceSteps',
  guidance_scale: 'guidanceScale',
  flow_shift: 'shift',
}
const SAMPLERS: Readonly<Record<string, string>> = { unipc: 'unipc', 'dpm++': 'dpm++', euler: 'euler' }
/** Settings that do not affect the picture. */
const FACTS = new Set([
  'type',
  'creation_date',
  'generation_time',
  'settings_version',
  'model_type',
  'mode',
  'state',
])
const MOST_LEFT_OUT = 12

function isSet(value: unknown): boolean {
  const isEmpty = Array.isArray(value) ? value.length === 0 : value === '' || value === 0
  return value !== null && value !== undefined && value !== false && !isEmpty
}

export function readWan2Gp(value: Readonly<Record<string, unknown>>): RecipeReading | undefined {
  const { type, resolution, model_type: model, sample_solver: sampler } = value
  if (typeof type !== 'string' || !/wan2?gp/i.test(type) || typeof value['prompt'] !== 'string')
    return undefined
  const settings: Record<string, unknown> = {}
  const leftOut: string[] = []
  const [, width, height] = (typeof resolution === 'string' && /^(\d{2,5})x(\d{2,5})$/.exec(resolution)) || []
  if (width !== undefined) Object.assign(settings, { width: Number(width), height: Number(height) })
  if (typeof sampler === 'string') {
    const known = SAMPLERS[sampler.toLowerCase()]
    if (known === undefined) leftOut.push('sample_solver')
    else settings['sampler'] = known
  }
  for (const [name, given] of Object.entries(value)) {
    const setting = NAMES[name]
    if (setting !== undefined) {
      const isText = setting === 'prompt' || setting === 'negativePrompt'
      if (typeof given === (isText ? 'string' : 'number')) settings[setting] = given
    } else if (!FACTS.has(name) && !['resolution', 'sample_solver'].includes(name) && isSet(given))
      leftOut.push(shortName(name))
  }
  return {
    origin: 'wan2gp',
    settings,
    leftOut: leftOut.slice(0, MOST_LEFT_OUT),
    ...(typeof model === 'string' && { model: shortName(model) }),
  }
}
