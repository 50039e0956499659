import { describe, expect, it } from 'vitest'
import { readArguments } from '../../../src/cli/arguments'
import { mergeSettings, parsePrompts, readPrompts } from '../../../src/cli/read-prompts'

describe('prompts with their times', () => {
  it('are read a line each, with or without the unit', () => {
    const text = '# a film\n0 s: a red ball: it rolls\n\n3s: a green fish\r\n 7,5 : 一条鱼 \n'
    expect(parsePrompts(text, 'film.txt')).toEqual([
      { seconds: 0, prompt: 'a red ball: it rolls' },
      { seconds: 3, prompt: 'a green fish' },
      { seconds: 7.5, prompt: '一条鱼' },
    ])
  })

  it.each([
    ['a red ball', 'film.txt, line 1: "a red ball" is not a time and a prompt'],
    ['0 s: a ball\n-1 s: a fish', 'film.txt, line 2'],
    ['2 s:', 'film.txt, line 1'],
    ['# nothing\n', 'film.txt holds no prompt'],
  ])('are refused where a line is wrong: %j', (text, sentence) => {
    expect(() => parsePrompts(text, 'film.txt')).toThrow(sentence)
  })

  it('must be in a file that is there', () => {
    expect(() => readPrompts('/nowhere/film.txt')).toThrow('There is no file at /nowhere/film.txt.')
  })
})

describe('the settings of a film', () => {
  const recipe = { prompt: 'a recipe', seed: 1, width: 64 }
  const options = { prompt: 'an option', seed: 2 }

  it('are those of the options, over those of the recipe', () => {
    expect(mergeSettings(recipe, options, undefined)).toEqual({ prompt: 'an option', seed: 2, width: 64 })
    expect(mergeSettings(undefined, options, undefined)).toEqual(options)
  })

  it('have the prompt at 0 s in place of any other', () => {
    const first = { seconds: 0, prompt: 'a red ball' }
    expect(mergeSettings(recipe, options, first)).toEqual({ prompt: 'a red ball', seed: 2, width: 64 })
    expect(mergeSettings(recipe, {}, first)).toEqual({ ...recipe, prompt: 'a red ball' })
  })
})

describe('options of a film', () => {
  it('belong together', () => {
    const args = [
      '--live',
      '--seconds',
      '2,5',
      '--prompts',
      'p.txt',
      '--film-cache',
      'int8',
      '--out',
      'a.mp4',
    ]
    const { live } = readArguments(args)
    expect(live).toMatchObject({ seconds: 2.5, cache: 'int8' })
    expect(live?.prompts).toMatch(/p\.txt$/)
  })

  it.each([
    [['a ball', '--out', 'a.mp4', '--seconds', '3'], '--seconds works only for a live film: add --live.'],
    [['a ball', '--out', 'a.mp4', '--live'], '--live needs --seconds'],
    [['a ball', '--out', 'a.mp4', '--live', '--seconds', '-1'], '"-1" is not a length'],
    [
      ['a ball', '--out', 'a.mp4', '--live', '--seconds', '3', '--film-cache', 'f8'],
      '--film-cache must be one of',
    ],
    [['--out', 'a.mp4', '--live', '--seconds', '3'], 'One prompt is needed'],
  ])('are refused where they do not: %j', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence)
  })
})
