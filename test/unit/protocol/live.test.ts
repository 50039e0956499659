import { describe, expect, it } from 'vitest'
import { checkLive } from '../../../src/protocol/live'

const LIMITS = { promptCharacters: 100 }

describe('the options of a film', () => {
  it('has its prompts by time, the first at 0, the later of two at one time', () => {
    const prompts = [
      { seconds: 6, prompt: 'a boat' },
      { seconds: 3, prompt: 'a fish' },
      { seconds: 3, prompt: ' a bird ' },
    ]
    const { live } = checkLive({ seconds: 8, prompts }, 'a ball', LIMITS)
    expect(live).toEqual({
      seconds: 8,
      cache: 'auto',
      prompts: [
        { seconds: 0, prompt: 'a ball' },
        { seconds: 3, prompt: 'a bird' },
        { seconds: 6, prompt: 'a boat' },
      ],
    })
    expect(checkLive({}, 'a ball', LIMITS).live.seconds).toBeUndefined()
  })

  it.each([
    [{ seconds: 0 }, 'The length of a film must be a number of seconds'],
    [{ seconds: Number.NaN }, 'The length of a film must be a number of seconds'],
    [{ prompts: [{ seconds: -1, prompt: 'a' }] }, "A prompt's time must be a number of seconds"],
    [{ prompts: [{ seconds: 2, prompt: ' ' }] }, 'The prompt at 2 s is empty'],
    [{ cache: 'int4' as 'int8' }, 'must be one of auto, float, int8'],
  ])('is refused where it is wrong: %j', (options, sentence) => {
    expect(() => checkLive(options, 'a ball', LIMITS)).toThrow(sentence)
  })
})
