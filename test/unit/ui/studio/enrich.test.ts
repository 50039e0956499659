import { afterEach, describe, expect, it, vi } from 'vitest'
import { ZoetropeError } from '../../../../src/protocol/errors'
import { byTemplate, enrich, languageOf } from '../../../../src/ui/studio/enrich'
import type { Writer } from '../../../../src/ui/studio/writer'

type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available'

const LONG =
  'A red fox walks slowly through deep fresh snow between tall birches, its breath visible in the cold air.'

/** The browser's model, as the test wants it. */
function browserModel(availability: Availability, answer: () => Promise<string>) {
  const destroy = vi.fn()
  const create = vi.fn(async () => ({ prompt: answer, destroy }))
  vi.stubGlobal('LanguageModel', { availability: async () => availability, create })
  return { create, destroy }
}

afterEach(() => vi.unstubAllGlobals())

it("the browser's model writes where it is there and knows the language", async () => {
  const { destroy } = browserModel('available', async () => `"${LONG}"\n`)
  expect(await enrich('a fox in snow', 'wan')).toEqual({ text: LONG, by: 'browser' })
  expect(destroy).toHaveBeenCalled()
})

it.each(['unavailable', 'downloadable', 'downloading'] as const)(
  'where it is %s a template does, and nothing is downloaded',
  async (state) => {
    const { create } = browserModel(state, async () => LONG)
    expect((await enrich('a fox in snow', 'wan')).by).toBe('template')
    expect(create).not.toHaveBeenCalled()
  },
)

it('Chinese, which it does not know, is not asked of it', async () => {
  const { create } = browserModel('available', async () => LONG)
  const { text, by } = await enrich('雪中的狐狸', 'wan')
  expect([by, text.startsWith('雪中的狐狸。')]).toEqual(['template', true])
  expect(create).not.toHaveBeenCalled()
})

it.each([
  ['fails', async () => Promise.reject(new Error('no'))],
  ['writes nothing', async () => ''],
  ['writes a book', async () => 'x'.repeat(5000)],
])('where it %s a template does, and that is said', async (_name, answer) => {
  const { destroy } = browserModel('available', answer)
  const { text, by } = await enrich('a fox in snow', 'wan')
  expect([by, text.startsWith('a fox in snow.')]).toEqual(['template-after-failure', true])
  expect(destroy).toHaveBeenCalled()
})

describe('the small model', () => {
  const writerOf = (answer: () => Promise<string>, can = true) => {
    const write = vi.fn<Writer['write']>(answer)
    return { canWrite: async () => can, write }
  }

  it('writes where the browser has none, or does not know the language', async () => {
    const english = writerOf(async () => `“${LONG}”`)
    expect(await enrich('a fox in snow', 'wan', english)).toEqual({ text: LONG, by: 'writer' })
    expect(english.write.mock.calls[0]?.[0]).toContain('in English')
    browserModel('available', async () => LONG)
    const chinese = writerOf(async () => '一只红狐狸在雪中慢慢走。')
    expect((await enrich('雪中的狐狸', 'wan', chinese)).by).toBe('writer')
    expect(chinese.write.mock.calls[0]?.[0]).toContain('改写成一段中文')
    expect((await enrich('a fox in snow', 'wan', chinese)).by).toBe('browser')
    expect(chinese.write).toHaveBeenCalledTimes(1)
  })

  it('takes over where the model of the browser fails', async () => {
    browserModel('available', async () => Promise.reject(new Error('no')))
    expect(
      (
        await enrich(
          'a fox',
          'wan',
          writerOf(async () => LONG),
        )
      ).by,
    ).toBe('writer')
  })

  it('is not asked for Mini, nor where it cannot write', async () => {
    const cannot = writerOf(async () => LONG, false)
    expect((await enrich('a fox', 'wan', cannot)).by).toBe('template')
    const mini = writerOf(async () => LONG)
    expect((await enrich('a ship on the ocean', 'mini', mini)).by).toBe('template')
    for (const { write } of [cannot, mini]) expect(write).not.toHaveBeenCalled()
  })

  it.each([
    ['fails', async () => Promise.reject(new Error('no'))],
    ['writes nothing', async () => ''],
    ['writes a book', async () => 'x'.repeat(5000)],
  ])('that %s leaves it to the template, and that is said', async (_name, answer) => {
    const { by, why } = await enrich('a fox in snow', 'wan', writerOf(answer))
    expect([by, why]).toEqual([
      'template-after-failure',
      expect.stringMatching(/no|nothing that can be used/),
    ])
  })

  it('that is cancelled writes nothing at all', async () => {
    const stop = new AbortController()
    const writer = writerOf(async () => {
      stop.abort()
      throw new Error('The worker is gone.')
    })
    await expect(enrich('a fox', 'wan', writer, stop.signal)).rejects.toMatchObject({ code: 'cancelled' })
    const ended = writerOf(async () => Promise.reject(new ZoetropeError('cancelled', 'Cancelled.')))
    await expect(enrich('a fox', 'wan', ended)).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('the model of the browser is cancelled too', async () => {
    const stop = new AbortController()
    const { destroy } = browserModel('available', async () => {
      stop.abort()
      throw new Error('aborted')
    })
    await expect(enrich('a fox', 'wan', undefined, stop.signal)).rejects.toMatchObject({ code: 'cancelled' })
    expect(destroy).toHaveBeenCalled()
  })
})

it('the template adds only what is not said yet', () => {
  expect(byTemplate('a fox in a forest, soft light, close-up, realistic.')).toBe(
    'a fox in a forest, soft light, close-up, realistic.',
  )
  expect(byTemplate('a fox')).toContain('The camera stays level')
})

it('for Mini a sentence becomes one that Mini knows', async () => {
  expect(await enrich('a ship on the ocean', 'mini')).toEqual({
    text: 'a red boat moves right under water',
    by: 'template',
  })
  expect((await enrich('a dragon', 'mini')).text).toBe('a dragon')
})

it.each([
  ['a fox', 'en'],
  ['雪', 'zh'],
  ['ゆき', 'ja'],
  ['снег', 'other'],
  ['ثلج', 'other'],
])('%s is %s', (text, language) => {
  expect(languageOf(text)).toBe(language)
})
