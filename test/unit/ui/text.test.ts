import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../../src/catalogue/catalogue'
import { WRITER } from '../../../src/catalogue/writers'
import { limitsFor } from '../../../src/protocol/limits'
import { normaliseSettings } from '../../../src/protocol/normalise'
import type { SettingsInput } from '../../../src/protocol/settings'
import { en } from '../../../src/ui/text/en'
import { firstLanguage } from '../../../src/ui/text/language'
import { zh } from '../../../src/ui/text/zh'

const LIMITS = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 })
const UI = join(import.meta.dirname, '../../../src/ui')

/** Every text of a catalogue by its path; functions are called with letters and numbers that can be told apart. */
function texts(node: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(node)) {
    const here = path === '' ? key : `${path}.${key}`
    if (typeof value === 'string') found.set(here, value)
    else if (typeof value === 'object' && value !== null)
      for (const [deep, text] of texts(value as object, here)) found.set(deep, text)
  }
  return found
}

/** Codes, names and formats that are the same in every language. */
const SAME = /^(code|name|clip\.facts\.gpu|formats\.webm|memory\.denoise|settings\.about\.prompt)$/

describe('the texts in Chinese', () => {
  it('are Chinese, every one', () => {
    const english = texts(en)
    const same = [...texts(zh)].filter(
      ([path, text]) => !SAME.test(path) && (english.get(path) === text || !/\p{Script=Han}/u.test(text)),
    )
    expect(same).toEqual([])
    expect(english.size).toBeGreaterThan(200)
  })

  it('have every model and every error', () => {
    expect(Object.keys(zh.models.about).sort()).toEqual([...CATALOGUE, WRITER].map(({ id }) => id).sort())
    expect(Object.keys(zh.problems).sort()).toEqual(Object.keys(en.problems).sort())
  })

  it.each<[SettingsInput, RegExp]>([
    [{ prompt: '' }, /提示词是空的/],
    [{ width: 'wide' }, /^宽度必须是 32 到 1280 的数字；"wide" 不是数字。$/],
    [{ width: 4000 }, /^宽度必须在 32 到 1280 之间；4000 超出范围。$/],
    [{ numInferenceSteps: 2.5 }, /^步数必须是 1 到 200 的整数；2.5 不是整数。$/],
    [{ sampler: 'ddim' }, /^采样器必须是以下之一：.*；"ddim" 不在其中。$/],
    [{ height: 833 }, /^高度 833 已改为 832：边长须是 16 的倍数。$/],
    [{ numFrames: 80 }, /^帧数 80 已改为 81/],
    [{ guidanceScale: 0.5 }, /^引导强度 0.5 已改为 1：即关闭引导。$/],
    [{ sampler: 'rcm', cache: 'easy' }, /^缓存 easy 已改为 off/],
  ])('say what the gate for settings says of %j', (input, sentence) => {
    const checked = normaliseSettings({ prompt: 'x', ...input }, LIMITS)
    const said = checked.ok ? checked.notes : [checked.reason]
    expect(said.map(zh.sentence).join(' ')).toMatch(sentence)
    expect(said.map(zh.sentence).join(' ')).not.toMatch(/must be|became/)
  })

  it('leave a sentence that they do not know as it is', () => {
    expect(zh.sentence('The GPU was reset.')).toBe('The GPU was reset.')
  })

  it('have times', () => {
    expect([
      zh.duration(5),
      zh.duration(61),
      zh.range(12, 18),
      zh.range(200, 200),
      zh.range(7000, 9000),
    ]).toEqual(['5.0 秒', '1 分 1 秒', '12 到 18 秒', '3 分钟', '2 到 2.5 小时'])
    expect([
      en.range(12, 18),
      en.range(0.2, 0.4),
      en.range(200, 400),
      en.range(7000, 9000),
      en.range(2e6, 7e6),
      zh.range(2e6, 7e6),
    ]).toEqual(['12 to 18 s', '1 s', '3 to 7 min', '2 to 2.5 h', '23 to 81 days', '23 到 81 天'])
  })
})

it('no text is there that nobody shows', () => {
  const source = readdirSync(UI, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.replaceAll('\\', '/').startsWith('text/'))
    .map((path) => readFileSync(join(UI, path), 'utf8'))
    .join('\n')
  const byName =
    /^(pace|live\.playing|stages|problems|problemAdvice|settings\.(names|about)|presets\.|shortcuts\.rows|memory\.formats|models\.(places|formats|formatCosts)|recipe\.from|footer\.themes|formats\.|settings\.(caches|decoders|shapes)|control\.(tasks|taskAbout|tools)\.)/
  const leaves = (node: object, path = ''): string[] =>
    Object.entries(node).flatMap(([key, value]) =>
      typeof value === 'object' && value !== null
        ? leaves(value as object, `${path}${key}.`)
        : [`${path}${key}`],
    )
  const unused = leaves(en).filter(
    (path) =>
      !byName.test(path) &&
      !new RegExp(`\\.${path.split('.').at(-1)}\\b|\\b${path.split('.').at(-1)}\\b[^:\\n]*\\} = use`).test(
        source,
      ),
  )
  expect(unused).toEqual([])
})

it.each<[string | null, string[], string]>([
  [null, ['en-US'], 'en'],
  [null, ['de-DE', 'zh-TW', 'en'], 'zh'],
  [null, ['fr'], 'en'],
  ['zh', ['en'], 'zh'],
  ['xx', ['en'], 'en'],
])('kept %j, wanted %j: %s', (kept, wanted, language) => {
  expect(firstLanguage({ getItem: () => kept }, wanted)).toBe(language)
})
