import { PRESETS, presetsOf, type Preset, type PresetName } from '../../catalogue/presets'
import type { ModelCard } from '../../protocol/engine'
import type { FormValues } from '../form'
import { useStore } from '../hooks'
import { presetValues, withDecoder } from '../studio/first-preset'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { clipTime } from './clip-time'

const NAMES = ['width', 'height', 'numFrames', 'numInferenceSteps', 'decoder', 'upscale'] as const

/** What a film takes of them: presets of the same size count as one. */
const OF_FILMS = ['width', 'height'] as const

type Presets = Readonly<Record<PresetName, Preset>>

/** Which of a model's presets the form shows; undefined where the person has an own mixture. */
function presetIn(
  presets: Presets,
  values: FormValues,
  names: readonly (typeof NAMES)[number][],
): PresetName | undefined {
  // Of presets that are alike for a model, the middle one is shown.
  return (['standard', 'draft', 'quality'] as const).find((preset) =>
    names.every((name) => values[name] === String(presets[preset][name])),
  )
}

/** Draft, Standard, Quality, with the time that each takes here; those of films by their size. */
export function PresetRow({
  studio,
  model,
  values,
  isLive,
}: {
  studio: Studio
  model: ModelCard
  values: FormValues
  isLive: boolean
}) {
  const words = useWords()
  useStore(studio.session)
  const presets = presetsOf(withDecoder(model))
  const names = isLive ? OF_FILMS : NAMES
  const chosen = presetIn(presets, values, names)
  const { defaults } = model
  const offered = PRESETS.filter(
    (name) => name === 'standard' || names.some((each) => presets[name][each] !== presets.standard[each]),
  )
  if (offered.length < 2) return null
  return (
    <fieldset className="presets">
      <legend className="visually-hidden">{words.presets.label}</legend>
      {offered.map((name) => {
        const time = isLive ? undefined : clipTime(studio, { ...defaults, ...presets[name] })
        return (
          <button
            key={name}
            type="button"
            className="preset"
            aria-pressed={chosen === name}
            title={words.presets.about[name]}
            onClick={() => studio.form.change(presetValues(presets[name]))}
          >
            <span>{words.presets.names[name]}</span>
            <span className="hint">
              {time === undefined
                ? presets.draft.width === presets.quality.width
                  ? words.presets.steps(presets[name].numInferenceSteps)
                  : `${presets[name].width} × ${presets[name].height}`
                : words.range(time.low, time.high)}
            </span>
          </button>
        )
      })}
    </fieldset>
  )
}
