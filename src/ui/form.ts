// The form's values are what was typed; one gate turns them into settings.
import type { Limits } from '../protocol/limits'
import { normaliseSettings, type Normalised, type Refused } from '../protocol/normalise'
import type { SettingName } from '../protocol/settings'

export type FormValues = Record<SettingName, string>

/** A fresh form: the model's defaults, no prompt, a random seed. */
export function initialForm({ defaults }: Limits): FormValues {
  return {
    prompt: '',
    negativePrompt: defaults.negativePrompt,
    seed: '',
    width: String(defaults.width),
    height: String(defaults.height),
    numFrames: String(defaults.numFrames),
    numInferenceSteps: String(defaults.numInferenceSteps),
    guidanceScale: String(defaults.guidanceScale),
    guidanceScale2: defaults.guidanceScale2 === undefined ? '' : String(defaults.guidanceScale2),
    shift: String(defaults.shift),
    sampler: defaults.sampler,
    cache: defaults.cache,
    decoder: defaults.decoder,
    upscale: String(defaults.upscale),
  }
}

/** The settings of the form; while the prompt is still empty, of the rest. */
export function checkForm(values: FormValues, limits: Limits): Normalised | Refused {
  const seed = values.seed.trim() === '' ? '0' : values.seed // not drawn before it is needed
  const prompt = values.prompt.trim() === '' ? '-' : values.prompt
  return normaliseSettings({ ...values, prompt, seed }, limits)
}

/** The note or refusal that belongs to a field, for the line below it. */
export function lineFor(
  name: SettingName,
  label: string,
  checked: Normalised | Refused,
): { text: string; isError: boolean } | undefined {
  if (!checked.ok) return checked.name === name ? { text: checked.reason, isError: true } : undefined
  const note = checked.notes.find((sentence) => sentence.startsWith(`${label} `))
  return note === undefined ? undefined : { text: note, isError: false }
}
