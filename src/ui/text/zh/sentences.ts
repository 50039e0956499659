// Sentences of the gate for settings, in Chinese. They are made of few patterns; one that is not here stays English.
import { create } from './create'

const NAMES: Readonly<Record<string, string>> = {
  Prompt: create.settings.names.prompt,
  'Negative prompt': create.settings.names.negativePrompt,
  Seed: create.settings.names.seed,
  Width: create.settings.names.width,
  Height: create.settings.names.height,
  Frames: create.settings.names.numFrames,
  Steps: create.settings.names.numInferenceSteps,
  'Guidance 2': create.settings.names.guidanceScale2,
  Guidance: create.settings.names.guidanceScale,
  Shift: create.settings.names.shift,
  Sampler: create.settings.names.sampler,
  Cache: create.settings.names.cache,
  Decoder: create.settings.names.decoder,
  Upscale: create.settings.names.upscale,
}
const NAME = `(${Object.keys(NAMES).join('|')})`
const RULE = '(?:a whole number|a number of pixels|a number) from (\\S+) to (\\S+)'

type Pattern = readonly [RegExp, (name: string, ...rest: string[]) => string]

const PATTERNS: readonly Pattern[] = [
  [/^The prompt is empty: .*$/, () => create.prompt.empty],
  [
    new RegExp(`^${NAME} must be ${RULE}; (.*) is not a number\\.$`),
    (name, low = '', high = '', found = '') => `${name}必须是 ${low} 到 ${high} 的数字；${found} 不是数字。`,
  ],
  [
    new RegExp(`^${NAME} must be ${RULE}; (.*) is outside\\.$`),
    (name, low = '', high = '', found = '') => `${name}必须在 ${low} 到 ${high} 之间；${found} 超出范围。`,
  ],
  [
    new RegExp(`^${NAME} must be ${RULE}; (.*) is not whole\\.$`),
    (name, low = '', high = '', found = '') => `${name}必须是 ${low} 到 ${high} 的整数；${found} 不是整数。`,
  ],
  [
    new RegExp(`^${NAME} must be one of (.*); (.*) is none of them\\.$`),
    (name, all = '', found = '') => `${name}必须是以下之一：${all}；${found} 不在其中。`,
  ],
  [
    new RegExp(`^${NAME} (\\S+) became (\\S+): sides are multiples of (\\d+)\\.$`),
    (name, before = '', after = '', unit = '') =>
      `${name} ${before} 已改为 ${after}：边长须是 ${unit} 的倍数。`,
  ],
  [
    new RegExp(`^${NAME} (\\S+) became (\\S+): .*(?:frames|at a time)\\.$`),
    (name, before = '', after = '') => `${name} ${before} 已改为 ${after}：模型只能生成某些帧数。`,
  ],
  [
    new RegExp(`^${NAME} (\\S+) became (\\S+): that turns guidance off\\.$`),
    (name, before = '', after = '') => `${name} ${before} 已改为 ${after}：即关闭引导。`,
  ],
  [
    new RegExp(`^${NAME} (\\S+) became (\\S+): .*$`),
    (name, before = '', after = '') => `${name} ${before} 已改为 ${after}：这个采样器只接受它。`,
  ],
]

export function sentence(text: string): string {
  for (const [pattern, write] of PATTERNS) {
    const match = pattern.exec(text)
    if (match !== null) return write(NAMES[match[1] ?? ''] ?? '', ...match.slice(2))
  }
  return text
}
