// The preset that a model begins with: the best one up to Standard that this machine finishes in minutes.
import { presetsOf, type Preset, type PresetModel } from '../../catalogue/presets'
import type { ModelCard } from '../../protocol/engine'
import type { TimeEstimate } from '../../protocol/estimate'
import type { FormValues } from '../form'
import type { Session } from '../session-state'
import type { Estimates } from './estimates'
import type { FormStore } from './form-store'

const PATIENCE_SECONDS = 10 * 60

export function firstPreset(
  model: PresetModel,
  timeOf: (preset: Preset) => TimeEstimate | undefined,
): Preset {
  const { draft, standard } = presetsOf(model)
  const time = timeOf(standard)
  return time === undefined || time.likely <= PATIENCE_SECONDS ? standard : draft
}

/** A model's card as its presets want it. */
export function withDecoder({ id, defaults, sizes, limits }: ModelCard): PresetModel {
  return { id, defaults, sizes, hasTinyDecoder: limits.hasTinyDecoder }
}

/** As the fields of a form. */
export function presetValues(preset: Preset): Partial<FormValues> {
  return Object.fromEntries(Object.entries(preset).map(([name, value]) => [name, String(value)]))
}

/** Once for each model, when the machine's speed is known: for who has set nothing for it yet. */
export function beginWithPreset(
  session: Pick<Session, 'get' | 'subscribe'>,
  form: Pick<FormStore, 'change' | 'isUntouched'>,
  estimates: Pick<Estimates, 'predict'>,
): void {
  const seen = new Set<string>()
  session.subscribe(() => {
    const { engine, plan, planProblem } = session.get()
    if (engine === undefined || (plan === undefined && planProblem === undefined)) return
    const { model, adapter } = engine
    if (seen.has(model.id)) return
    seen.add(model.id)
    if (!form.isUntouched()) return
    const preset = firstPreset(withDecoder(model), (each) =>
      estimates.predict(model.id, adapter, { ...model.defaults, ...each }),
    )
    const isDefault = Object.entries(preset).every(
      ([name, value]) => Reflect.get(model.defaults, name) === value,
    )
    if (!isDefault) form.change(presetValues(preset))
  })
}
