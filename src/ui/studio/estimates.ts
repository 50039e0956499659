// What this machine has made so far, kept as a handful of numbers, and what that says about the next clip.
import { WAN_SHAPE } from '../../catalogue/shapes'
import { predict } from '../../estimate/predict'
import { controlWorkOf } from '../../estimate/control-work'
import { passesOf, workOf, type ClipSize } from '../../estimate/work'
import type {
  ControlWork,
  GpuSpeed,
  ModelShape,
  RunRecord,
  StageSeconds,
  TimeEstimate,
} from '../../protocol/estimate'
import type { ClipFacts } from '../../protocol/gallery'
import type { GenerationSettings } from '../../protocol/settings'
import { isObject, keep, readKept, type PageStorage } from '../kept'

export interface Estimates {
  learn(facts: ClipFacts, at: number): void
  predict(
    model: string,
    adapter: string,
    settings: ClipSettings,
    control?: ControlWork,
  ): TimeEstimate | undefined
  /** How the work of a clip is divided, for the bar of a first run: seconds of an imaginary machine. */
  proportions(model: string, settings: ClipSettings, control?: ControlWork): StageSeconds
  runs(): readonly RunRecord[]
}

type ClipSettings = Pick<
  GenerationSettings,
  'width' | 'height' | 'numFrames' | 'numInferenceSteps' | 'guidanceScale' | 'decoder' | 'upscale'
>

const IMAGINARY_RATE = 1e12

function sizeOf(settings: ClipSettings, control: ControlWork | undefined): ClipSize {
  const { width, height, numFrames, numInferenceSteps, guidanceScale, decoder, upscale } = settings
  return {
    width,
    height,
    frames: numFrames,
    passes: passesOf(numInferenceSteps, guidanceScale),
    decoder,
    upscale,
    ...(control && { control }),
  }
}

const KEY = 'zoetrope.runs'
const MOST_RUNS = 60

function isRun(value: unknown): value is RunRecord {
  if (!isObject(value) || !isObject(value['stages'])) return false
  const numbers = ['width', 'height', 'frames', 'passes', 'at'].map((name) => value[name])
  const { control } = value
  const isControl =
    isObject(control) && Number.isFinite(control['references']) && Number.isFinite(control['encodedFrames'])
  return (
    (control === undefined || isControl) &&
    typeof value['model'] === 'string' &&
    typeof value['adapter'] === 'string' &&
    [...numbers, ...Object.values(value['stages'])].every((number) => Number.isFinite(number))
  )
}

export function createEstimates(
  storage: PageStorage | undefined,
  shapes: Readonly<Record<string, ModelShape>>,
  speedOf: () => GpuSpeed | undefined = () => undefined,
): Estimates {
  const kept = readKept(storage, KEY)
  let runs: readonly RunRecord[] = Array.isArray(kept) ? kept.filter(isRun) : []
  return {
    runs: () => runs,
    learn(facts, at) {
      const stages: StageSeconds = Object.fromEntries(
        facts.stages.map(({ stage, seconds }) => [stage, Math.round(1000 * seconds) / 1000]),
      )
      const { model, adapter, numInferenceSteps, stepsRun = numInferenceSteps } = facts
      // Trying kernels happens once: it says nothing about the next run.
      const { tune: _tune, ...lasting } = stages
      runs = [
        ...runs,
        {
          model,
          adapter,
          ...sizeOf({ ...facts, numInferenceSteps: stepsRun }, controlWorkOf(facts)),
          stages: lasting,
          at,
        },
      ].slice(-MOST_RUNS)
      keep(storage, KEY, runs)
    },
    predict(model, adapter, settings, control) {
      const shape = shapes[model] ?? WAN_SHAPE // of files of one's own, whose runs then set the pace
      const time = predict(
        { model, shape, shapes, adapter, runs, speed: speedOf() },
        sizeOf(settings, control),
      )
      return model in shapes || time?.source === 'model' ? time : undefined
    },
    proportions(model, settings, control) {
      const size = sizeOf(settings, control)
      const { pass, condition, decode } = workOf(shapes[model] ?? WAN_SHAPE, size)
      const denoise = (pass * size.passes) / IMAGINARY_RATE
      return {
        load: 0.1 * denoise,
        encode: 0.05 * denoise,
        ...(condition > 0 && { condition: condition / IMAGINARY_RATE }),
        denoise,
        decode: decode / IMAGINARY_RATE,
      }
    },
  }
}
