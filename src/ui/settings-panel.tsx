import type { FrameSize } from '../protocol/engine'
import type { Normalised, Refused } from '../protocol/normalise'
import type { SamplerId, StepCacheId } from '../protocol/samplers'
import type { SettingName } from '../protocol/settings'
import { ChoiceField } from './choice-field'
import { Field } from './field'
import { lineFor, type FormValues } from './form'
import { formatSeconds } from './words'

export interface SettingsPanelProps {
  values: FormValues
  checked: Normalised | Refused
  sizes: readonly FrameSize[]
  fps: number
  isSeedRandom: boolean
  onChange(change: Partial<FormValues>): void
  onSeedRandom(isRandom: boolean): void
}

const SAMPLER_NAMES: Record<SamplerId, string> = {
  unipc: 'UniPC',
  'dpm++': 'DPM++',
  euler: 'Euler',
  dmd: 'DMD, 3 steps',
  rcm: 'rCM, 1 to 4 steps',
  'self-forcing': 'Self-Forcing, 1 to 4 steps',
}

const CACHE_NAMES: Record<StepCacheId, string> = {
  off: 'off: every step is run',
  easy: 'EasyCache: skips quiet steps',
}

function shapeOf({ width, height }: FrameSize): string {
  return width === height ? 'square' : width > height ? 'wide' : 'tall'
}

export function SettingsPanel({
  values,
  checked,
  sizes,
  fps,
  isSeedRandom,
  onChange,
  onSeedRandom,
}: SettingsPanelProps) {
  const field = (name: SettingName, label: string) => ({
    label,
    value: values[name],
    onChange: (value: string) => onChange({ [name]: value }),
    line: lineFor(name, label, checked),
  })
  const seconds = checked.ok ? formatSeconds(checked.settings.numFrames / fps) : undefined

  return (
    <div className="settings">
      <fieldset className="sizes">
        <legend>Size</legend>
        {sizes.map((size) => (
          <button
            key={`${size.width}x${size.height}`}
            type="button"
            className="chip"
            aria-pressed={values.width === String(size.width) && values.height === String(size.height)}
            onClick={() => onChange({ width: String(size.width), height: String(size.height) })}
          >
            <span className="shape" data-shape={shapeOf(size)} aria-hidden="true" />
            {size.width} × {size.height}
          </button>
        ))}
      </fieldset>
      <Field {...field('width', 'Width')} />
      <Field {...field('height', 'Height')} />
      <Field {...field('numFrames', 'Frames')}>
        {seconds !== undefined && <span className="hint">{seconds}</span>}
      </Field>
      <Field {...field('numInferenceSteps', 'Steps')} />
      <div className="seed">
        <Field {...field('seed', 'Seed')} placeholder="random" disabled={isSeedRandom}>
          <label className="switch">
            <input
              type="checkbox"
              checked={isSeedRandom}
              onChange={(event) => onSeedRandom(event.target.checked)}
            />
            random
          </label>
        </Field>
      </div>
      <details className="advanced">
        <summary>Advanced</summary>
        <div className="settings">
          <Field {...field('guidanceScale', 'Guidance')} />
          <Field {...field('shift', 'Shift')} />
          <ChoiceField {...field('sampler', 'Sampler')} names={SAMPLER_NAMES} />
          <ChoiceField {...field('cache', 'Cache')} names={CACHE_NAMES} />
          <div className="wide">
            <Field
              {...field('negativePrompt', 'Negative prompt')}
              numeric={false}
              placeholder="what to keep out"
            />
          </div>
        </div>
      </details>
    </div>
  )
}
