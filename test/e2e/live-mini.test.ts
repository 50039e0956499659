// The bundled model's causal student in a real browser: a film that plays soon, follows a new prompt, and takes no more
// memory the longer it is.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { LiveOptions } from '../../src/protocol/live'
import { randomFloats } from '../support/random'
import { buildPage } from './support/build-page'
import { decodedFrames } from './support/decoded-frames'
import { inspectBoxes, inspectWithFfprobe } from './support/inspect-mp4'
import { servePage } from './support/served-page'

const MINUTES = 60_000
/** `npm run test:films` makes the long films of the issue that asked for them. */
const IS_LONG = import.meta.env.MODE === 'films'
/** Frames of a film whose window of nine latent frames has moved on, and of one that goes on from there. */
const [SETTLED, LONG] = [65, 257]
const STOPS = 10
const FPS = 16

const served = servePage(buildPage)

interface Film {
  readonly mp4: Uint8Array
  readonly frames: number
  /** SHA-256 of each frame. */
  readonly hashes: readonly string[]
  readonly peakGpuBytes: number
  readonly plannedGpuBytes: number
  readonly firstFrameSeconds: number
  readonly seconds: number
}

/** Makes a film of so many frames, or one that is stopped as soon as it has them. */
async function makeFilm(
  page: Page,
  frames: number,
  { isStopped = false, ...live }: LiveOptions & { readonly isStopped?: boolean } = {},
): Promise<Film> {
  const { mp4, ...film } = await page.evaluate(
    async ({ frames: wanted, isStopped: stops, live: options, fps }) => {
      const hashes: Promise<string>[] = []
      const hex = (bytes: ArrayBuffer): string =>
        [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      const forget = zoetrope.watch(({ i420 }) => {
        hashes.push(crypto.subtle.digest('SHA-256', i420.slice()).then(hex))
        if (stops && hashes.length === wanted) zoetrope.change({ stop: true })
      })
      const { result } = await zoetrope.live({
        prompt: 'a red ball stays still by day',
        seed: 5,
        live: { ...options, ...(!stops && { seconds: wanted / fps }) },
      })
      forget()
      const { numFrames, peakGpuBytes, plannedGpuBytes, firstFrameSeconds, seconds } = result
      return {
        mp4: [...result.mp4],
        frames: numFrames,
        hashes: await Promise.all(hashes),
        peakGpuBytes,
        plannedGpuBytes,
        firstFrameSeconds,
        seconds,
      }
    },
    { frames, isStopped, live, fps: FPS },
  )
  return { mp4: Uint8Array.from(mp4), ...film }
}

/** How much redder than green the middle of an RGB frame is, from −255 to 255. */
function redness(rgb: Uint8Array, width: number, height: number): number {
  const values: number[] = []
  for (let y = Math.floor(height / 4); y < (height * 3) / 4; y++)
    for (let x = Math.floor(width / 4); x < (width * 3) / 4; x++)
      values.push(rgb[3 * (y * width + x)]! - rgb[3 * (y * width + x) + 1]!)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

it(
  'a film of Mini plays soon, follows a new prompt, and is enlarged',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(3 * MINUTES)
    await page.waitForFunction(() => zoetrope.get().engine !== undefined)
    await makeFilm(page, 1) // fetches the student and compiles
    const film = await makeFilm(page, 33)
    expect(film.frames).toBe(33)
    console.log(`first frame after ${film.firstFrameSeconds} s of ${film.seconds} s`)
    if (IS_LONG) expect(film.firstFrameSeconds / film.seconds).toBeLessThanOrEqual(0.25)

    const changed = await makeFilm(page, 49, {
      prompts: [{ seconds: 1, prompt: 'a green ball stays still by day' }],
    })
    expect(changed.hashes.slice(0, 17)).toEqual(film.hashes.slice(0, 17))
    const { frames, width, height } = decodedFrames('film.mp4', changed.mp4)
    expect([width, height]).toEqual([256, 256])
    const red = frames.map((frame) => redness(frame, width, height))
    console.log(`redness by frame: ${red.map((value) => value.toFixed(0)).join(' ')}`)
    expect(red[16]).toBeGreaterThan(red.at(-1)! + 20)
  },
  10 * MINUTES,
)

if (IS_LONG)
  it(
    `a film of ${LONG} frames takes what one of ${SETTLED} does, and a stopped one is its beginning`,
    async () => {
      const { page } = await served.visit()
      page.setDefaultTimeout(3 * MINUTES)
      await page.waitForFunction(() => zoetrope.get().engine !== undefined)
      const [settled, long] = [await makeFilm(page, SETTLED), await makeFilm(page, LONG)]
      expect([settled.frames, long.frames]).toEqual([SETTLED, LONG])
      expect(long.peakGpuBytes).toBe(settled.peakGpuBytes)
      expect(long.peakGpuBytes).toBeLessThanOrEqual(long.plannedGpuBytes)
      expect(long.hashes.slice(0, SETTLED)).toEqual(settled.hashes)
      for (const value of randomFloats(STOPS, 20)) {
        const at = 1 + Math.floor(((value + 1) / 2) * (SETTLED - 18))
        const { mp4, frames, hashes } = await makeFilm(page, at, { isStopped: true })
        console.log(`stopped at frame ${at}: ${frames} frames`)
        expect(frames).toBeGreaterThanOrEqual(at)
        expect(hashes).toEqual(long.hashes.slice(0, frames))
        expect(inspectBoxes(mp4).frames).toBe(frames)
        expect(inspectWithFfprobe(mp4) ?? { frames }).toMatchObject({ frames })
      }
    },
    30 * MINUTES,
  )
