// Films that play while they are made, of the goldens' tiny networks: planned to the byte, deterministic, endless.
import { describe, expect, it } from 'vitest'
import { firstNew } from '../../src/engine/live/live-clip'
import { planFilm } from '../../src/engine/live/live-plan'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import { filmRecipe } from '../../src/engine/model/live-facts'
import { i420Size } from '../../src/media/yuv'
import { filmSize, type DecoderId } from '../../src/protocol/settings'
import { relativeError } from '../support/error'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { bitsOf, FACTS, FILM_RESIDENCY, filmClip, makeFilm, PROMPTS, tinyModel } from '../support/tiny-film'

/** Latent frames of a short film, whose window is full long before its end, and of a long one; `npm run test:films`. */
const [SHORT, LONG] = import.meta.env.MODE === 'films' ? [50, 1000] : [20, 40]

describe.each(quickCases())('a film on $name', (gpuCase) => {
  it.each<DecoderId>(['full', 'tiny'])(
    'with the %s decoder is planned to the byte, and has all frames',
    async (decoder) => {
      const { gpu } = await testGpu(gpuCase)
      const clip = filmClip({ frames: 7 }, decoder)
      const { frames, measured, latents } = await makeFilm(gpuCase, clip)
      expect(latents.map(({ first }) => first)).toEqual([0, 1, 3, 5])
      expect(frames).toHaveLength(25)
      const planned = (await planStages(await tinyModel(), clip, gpu, FILM_RESIDENCY)).map(stageBytes)
      expect(planned.slice(1)).toEqual(measured.slice(1)) // the text encoder has a pool of its own
    },
  )

  it('is enlarged frame by frame, planned to the byte', async () => {
    const { gpu } = await testGpu(gpuCase)
    const plain = filmClip({ frames: 3 })
    const clip = { ...plain, settings: { ...plain.settings, upscale: 2 as const } }
    const { frames, measured, latents } = await makeFilm(gpuCase, clip)
    expect(bitsOf(latents)).toEqual(bitsOf((await makeFilm(gpuCase, plain)).latents))
    expect(new Set(frames).size).toBe(9)
    const { width, height } = filmSize(clip.settings)
    for (const frame of frames) expect(Buffer.from(frame, 'base64')).toHaveLength(i420Size(width, height))
    const planned = (await planStages(await tinyModel(), clip, gpu, FILM_RESIDENCY)).map(stageBytes)
    expect(planned.slice(1)).toEqual(measured.slice(1))
  })
})

// What does not depend on the adapter or its numbers.
describe.each(quickCases().slice(-1))('a film on $name', (gpuCase) => {
  it('has the same bits as far as it goes, wherever it is stopped', async () => {
    const whole = await makeFilm(gpuCase, filmClip({ frames: 9 }))
    const stopped = await makeFilm(gpuCase, filmClip({}), { isEnd: (next) => next >= 5 })
    expect(bitsOf(stopped.latents)).toEqual(bitsOf(whole.latents).slice(0, 3))
    expect(stopped.frames).toEqual(whole.frames.slice(0, 17))
  })

  it('has the same bits with a window as long as it is, and a longer one', async () => {
    const exact = { frames: 5, sink: 0 }
    const [tight, roomy] = [
      await makeFilm(gpuCase, filmClip({ frames: 5, window: exact })),
      await makeFilm(gpuCase, filmClip({ frames: 5, window: { frames: 21, sink: 3 } })),
    ]
    expect(bitsOf(tight.latents)).toEqual(bitsOf(roomy.latents))
    const shorter = await makeFilm(gpuCase, filmClip({ frames: 5, window: { frames: 3, sink: 0 } }))
    expect(bitsOf(shorter.latents).at(-1)).not.toBe(bitsOf(tight.latents).at(-1))
  })

  it('follows the prompts of its list, from their frames on', async () => {
    const one = await makeFilm(gpuCase, filmClip({ frames: 7 }))
    const list = [
      { first: 0, prompt: 0 },
      { first: 3, prompt: 1 },
    ]
    const two = await makeFilm(gpuCase, filmClip({ frames: 7, prompts: list }))
    expect(bitsOf(two.latents).slice(0, 2)).toEqual(bitsOf(one.latents).slice(0, 2))
    expect(bitsOf(two.latents)[2]).not.toBe(bitsOf(one.latents)[2])
    // The same prompt, asked for on the way.
    const typed = await makeFilm(gpuCase, filmClip({ frames: 7 }), {
      newPrompt: (first) => (first === 3 ? PROMPTS[1] : undefined),
    })
    expect(bitsOf(typed.latents)).toEqual(bitsOf(two.latents))
  })

  it('goes on from the latents of a film before it', async () => {
    const whole = await makeFilm(gpuCase, filmClip({ frames: 7, window: { frames: 9, sink: 1 } }))
    const start = await makeFilm(gpuCase, filmClip({ frames: 3, window: { frames: 9, sink: 1 } }))
    expect(firstNew({ before: start.tail })).toBe(3)
    const rest = await makeFilm(
      gpuCase,
      filmClip({ frames: 7, window: { frames: 9, sink: 1 }, before: start.tail }),
    )
    expect(bitsOf([...start.latents, ...rest.latents])).toEqual(bitsOf(whole.latents))
    expect([...start.frames, ...rest.frames]).toEqual(whole.frames)
  })

  it('takes a prompt that is typed before the first chunk, after a film before it too', async () => {
    const window = { frames: 9, sink: 1 }
    const { tail: before } = await makeFilm(gpuCase, filmClip({ frames: 3, window }))
    const first = firstNew({ before })
    const extension = (prompt: number) =>
      filmClip({ frames: 5, window, before, prompts: [{ first, prompt }] })
    const listed = await makeFilm(gpuCase, extension(1))
    const from: number[] = []
    const typed = await makeFilm(gpuCase, extension(0), {
      newPrompt: (at) => (from.push(at) === 1 ? PROMPTS[1] : undefined),
    })
    expect(bitsOf(typed.latents)).toEqual(bitsOf(listed.latents))
    expect(from[0]).toBe(first) // as its recipe has it
  })

  it('is close to itself with keys and values in 8 bits', async () => {
    const window = { frames: 6, sink: 1 }
    const [float, int8] = [
      await makeFilm(gpuCase, filmClip({ frames: 5, window })),
      await makeFilm(gpuCase, filmClip({ frames: 5, window: { ...window, format: 'int8' } })),
    ]
    for (const [i, { values }] of int8.latents.entries())
      expect(relativeError(values, float.latents[i]!.values)).toBeLessThan(0.02)
    expect(bitsOf(int8.latents)).not.toEqual(bitsOf(float.latents))
  })

  it(`takes no more memory after ${LONG} latent frames than after ${SHORT}`, async () => {
    const [short, long] = [
      await makeFilm(gpuCase, filmClip({ frames: SHORT + 1 })),
      await makeFilm(gpuCase, filmClip({ frames: LONG + 1 })),
    ]
    console.log(
      `bytes after ${SHORT} and ${LONG} latent frames:`,
      short.measured.at(-1),
      long.measured.at(-1),
    )
    expect(long.measured).toEqual(short.measured)
    expect(bitsOf(short.latents)).toEqual(bitsOf(long.latents).slice(0, short.latents.length))
  })

  it('leaves nothing behind when it is cancelled', async () => {
    const stop = new AbortController()
    const made = makeFilm(gpuCase, filmClip({}), {
      signal: stop.signal,
      isEnd(next) {
        if (next >= 3) stop.abort(new Error('enough'))
        return false
      },
    })
    await expect(made).rejects.toThrow('enough')
  })
})

describe('a plan of a film', () => {
  it('takes a smaller window where memory is short, and 8 bits where they are asked for', async () => {
    const files = await tinyModel()
    const device = { storage: 'f16', maxBindingBytes: 2 ** 27, maxBufferBytes: 2 ** 28 } as const
    const window = { frames: 400, sink: 1, isRelative: true }
    const facts = { ...FACTS, window }
    const clip = filmClip({ facts, window })
    const request = { weightFormat: 'f16', memoryBytes: 1e9, cache: 'auto' } as const
    const best = await planFilm(files, clip, device, request)
    expect(best.clip.film.window).toEqual(window)
    const less = await planFilm(files, clip, device, { ...request, memoryBytes: best.plan.peakBytes - 1 })
    // Of two layers, 8 bits alone save nothing: a layer's keys and values are restored as f16 while it is computed.
    expect(less.clip.film.window).toEqual({ ...window, frames: 12 })
    expect(less.plan.notes.at(-1)).toMatch(/12 latent frames/)
    expect(less.plan.peakBytes).toBeLessThan(best.plan.peakBytes)
    expect(filmRecipe(facts, less.clip.film.window).chunk).toBe(2)
    const asked = await planFilm(files, clip, device, { ...request, cache: 'int8' })
    expect(asked.clip.film.window).toEqual({ ...window, format: 'int8' })
  })
})
