import type { Limits } from '../../protocol/limits'
import type { FrameSize, ModelCard } from '../../protocol/engine'
import type { Normalised, Refused } from '../../protocol/normalise'
import { SETTING_LABELS, type SettingName } from '../../protocol/settings'
import { ChoiceField } from '../choice-field'
import { Field } from '../field'
import { lineFor, type FormValues } from '../form'
import { useStore } from '../hooks'
import { sizesFor } from '../studio/picture-sizes'
import type { FormStore } from '../studio/form-store'
import type { Words } from '../text/en'
import { useWords } from '../text/language'
import { UpscalerSlot } from './upscaler-slot'

export interface SettingsPanelProps {
  form: FormStore
  values: FormValues
  checked: Normalised | Refused
  model: ModelCard
  /** The model's rules, with what was given beside it. */
  limits: Limits
  isSeedRandom: boolean
  /** What a film does not take is left out. */
  isLive: boolean
  /** How long a clip of a size takes here; undefined where that is not known. */
  timeOf(size: FrameSize): string | undefined
}

function shapeOf({ width, height }: FrameSize): 'square' | 'wide' | 'tall' {
  return width === height ? 'square' : width > height ? 'wide' : 'tall'
}

function rangeOf(name: SettingName, limits: Limits): readonly [number, number] | undefined {
  const ranges: { readonly [name in SettingName]?: { min: number; max: number } } = {
    width: limits.width,
    height: limits.height,
    numFrames: limits.frames,
    numInferenceSteps: limits.steps,
    guidanceScale: limits.guidance,
    guidanceScale2: limits.guidance,
    shift: limits.shift,
  }
  const range = ranges[name]
  return range && [range.min, range.max]
}

/** "DMD, 3 steps", "Euler": by id. */
function samplerNames({ samplers }: Limits, words: Words): Readonly<Record<string, string>> {
  return Object.fromEntries(
    samplers.map(({ id, title, fewSteps }) => [
      id,
      fewSteps === undefined ? title : words.settings.fewSteps(title, fewSteps.steps.min, fewSteps.steps.max),
    ]),
  )
}

/** "off", "×2": by scale. */
function upscaleNames({ upscales }: Limits, { settings: text }: Words): Record<string, string> {
  return Object.fromEntries(
    upscales.map((scale) => [String(scale), scale === 1 ? text.noUpscale : `×${scale}`]),
  )
}

function isTrained({ sizes }: ModelCard, { width, height }: FormValues): boolean {
  return sizes.some((size) => String(size.width) === width && String(size.height) === height)
}

function titleOf({ samplers }: Limits, wanted: string): string {
  return samplers.find(({ id }) => id === wanted)?.title ?? wanted
}

/** A model for few steps knows its own rule alone, and any other model knows none of theirs. */
function isOddSampler({ limits, defaults }: ModelCard, chosen: string): boolean {
  const isForFewSteps = (wanted: string): boolean =>
    limits.samplers.some(({ id, fewSteps }) => id === wanted && fewSteps !== undefined)
  return chosen !== defaults.sampler && (isForFewSteps(chosen) || isForFewSteps(defaults.sampler))
}

function translated(
  line: { text: string; isError: boolean } | undefined,
  words: Words,
): { text: string; isError: boolean } | undefined {
  return line && { ...line, text: words.sentence(line.text) }
}

export function SettingsPanel({
  form,
  values,
  checked,
  model,
  limits,
  isSeedRandom,
  isLive,
  timeOf,
}: SettingsPanelProps) {
  const words = useWords()
  useStore(form)
  const { settings: text } = words
  const { sizes, fps } = model
  const touched = form.touched()
  const field = (name: SettingName) => {
    const range = rangeOf(name, limits)
    const about = [range === undefined ? '' : text.range(...range), text.about[name]]
    return {
      label: text.names[name],
      value: values[name],
      about: about.filter((part) => part !== '').join(' · '),
      onChange: (value: string) => form.change({ [name]: value }),
      line: translated(lineFor(name, SETTING_LABELS[name], checked), words),
      reset: touched.has(name)
        ? { label: text.reset(text.names[name]), act: () => form.reset(name) }
        : undefined,
    }
  }
  const seconds = checked.ok ? words.duration(checked.settings.numFrames / fps) : undefined
  const row = form.continuation()
  const picture = form.pictures.get('first')
  const isOfPicture =
    picture !== undefined &&
    sizesFor(picture, model).some(
      ({ width, height }) => String(width) === values.width && String(height) === values.height,
    )
  const isStrange = checked.ok && sizes.length > 0 && !isTrained(model, values) && !isOfPicture

  return (
    <div className="settings">
      {row !== undefined ? (
        <p className="line wide">{text.rowSize(row.width, row.height)}</p>
      ) : (
        <>
          <fieldset className="sizes">
            <legend>{text.size}</legend>
            {sizes.map((size) => (
              <button
                key={`${size.width}x${size.height}`}
                type="button"
                className="chip"
                aria-pressed={values.width === String(size.width) && values.height === String(size.height)}
                onClick={() => form.change({ width: String(size.width), height: String(size.height) })}
              >
                <span className="shape" data-shape={shapeOf(size)} aria-hidden="true" />
                {text.shapes[shapeOf(size)]}
                <span className="hint">
                  {[`${size.width} × ${size.height}`, timeOf(size) ?? []].flat().join(' · ')}
                </span>
              </button>
            ))}
          </fieldset>
          <Field {...field('width')} />
          <Field {...field('height')} />
          {isStrange && (
            <p className="line wide">
              {text.untrained(sizes.map(({ width, height }) => `${width} × ${height}`).join(', '))}
            </p>
          )}
        </>
      )}
      {!isLive && (
        <>
          <Field {...field('numFrames')}>
            {seconds !== undefined && <span className="hint">{seconds}</span>}
          </Field>
          <Field {...field('numInferenceSteps')} />
        </>
      )}
      <div className="seed">
        <Field {...field('seed')} placeholder={text.random} disabled={isSeedRandom}>
          <label className="switch">
            <input
              type="checkbox"
              checked={isSeedRandom}
              onChange={(event) => form.setSeedRandom(event.target.checked)}
            />
            {text.random}
          </label>
        </Field>
      </div>
      <details className="advanced">
        <summary>{text.advanced}</summary>
        <div className="settings">
          {!isLive && (
            <>
              <Field {...field('guidanceScale')} />
              {model.defaults.guidanceScale2 !== undefined && <Field {...field('guidanceScale2')} />}
              <Field {...field('shift')} />
              <ChoiceField
                {...field('sampler')}
                names={samplerNames(model.limits, words)}
                {...(isOddSampler(model, values.sampler) && {
                  line: {
                    text: text.oddSampler(titleOf(model.limits, model.defaults.sampler)),
                    isError: false,
                  },
                })}
              />
              <ChoiceField {...field('cache')} names={text.caches} />
            </>
          )}
          {model.limits.hasTinyDecoder && <ChoiceField {...field('decoder')} names={text.decoders} />}
          {limits.upscales.length > 1 && (
            <ChoiceField {...field('upscale')} names={upscaleNames(limits, words)} />
          )}
          <UpscalerSlot form={form} />
          {!isLive && (
            <div className="wide">
              <Field {...field('negativePrompt')} numeric={false} placeholder={text.negativePlaceholder} />
            </div>
          )}
        </div>
      </details>
      {(touched.size > 0 || !isSeedRandom) && (
        <button type="button" className="quiet-link reset-all" onClick={() => form.reset()}>
          {text.resetAll}
        </button>
      )}
    </div>
  )
}
