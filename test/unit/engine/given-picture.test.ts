// Pictures that are given to a model: what it takes, and how it sees them.
import { describe, expect, it } from 'vitest'
import {
  clipPictures,
  givenFor,
  picturesFor,
  requireFrames,
  sizedFor,
} from '../../../src/engine/given-picture'
import type { ModelFiles } from '../../../src/engine/model/opened'
import type { Picture } from '../../../src/media/picture/open'
import { coveringFrame, stretchedFrame } from '../../../src/media/picture/pixels'
import type { PictureUse } from '../../../src/models/family'
import { fullSizeModel, ti2v5B } from '../../support/full-size'

const HELD = ti2v5B().networks.pictures!
const FEATURES = { side: 224, count: 257, width: 1280, pictures: 1 } as const
const FUN: PictureUse = {
  as: 'channels',
  fit: 'stretch',
  takesLast: true,
  isNeeded: false,
  features: FEATURES,
}
const I2V: PictureUse = { ...FUN, takesLast: false, isNeeded: true }
const FLF: PictureUse = { ...FUN, isNeeded: true, features: { ...FEATURES, pictures: 2 } }

function modelOf(pictures?: PictureUse): ModelFiles {
  const { networks, ...model } = fullSizeModel()
  return { ...model, networks: { ...networks, ...(pictures && { pictures }) } }
}

const USUAL = { width: 832, height: 480, numFrames: 81 }
const image = new File([], 'boat.png')
const lastImage = new File([], 'shore.png')

describe('pictures', () => {
  it.each([
    ['of a model of text', undefined, { image }, 'boat.png cannot be used: Wan makes clips from text alone.'],
    [
      'of one that was not trained for a last one',
      HELD,
      { image, lastImage },
      'shore.png cannot be the last frame: Wan was not trained to end with a picture. Choose a model that was, such as Wan 2.1 Fun InP',
    ],
    ['of I2V', I2V, { image, lastImage }, 'shore.png cannot be the last frame'],
    ['the last alone', FUN, { lastImage }, 'shore.png is the last frame, and the first is missing'],
    ['none where one is needed', I2V, {}, 'Wan makes clips from a picture, and none was given.'],
    [
      'one where two are needed',
      FLF,
      { image },
      'Wan makes what lies between two pictures, and only one was given.',
    ],
    ['an empty file', FUN, { image }, /^boat\.png/],
  ])('%s are refused', async (_, use, given, sentence) => {
    await expect(picturesFor(given, modelOf(use))).rejects.toThrow(sentence)
  })

  it('are refused where a clip of one frame has two of them', () => {
    const frames = { min: 1, max: 1001, step: 4 }
    const ask = (given: Parameters<typeof requireFrames>[0], numFrames: number) => () =>
      requireFrames(given, { numFrames }, frames)
    expect(ask({ image, lastImage }, 1)).toThrow(
      'A first and a last picture were given for a clip of one frame, which can show only one of them. Choose at least 5 frames, or leave one picture out.',
    )
    expect(ask({ image, lastImage }, 5)).not.toThrow()
    expect(ask({ image }, 1)).not.toThrow()
    expect(ask({ lastImage }, 1)).not.toThrow()
  })

  it('are not asked of a model that makes clips of text too', async () => {
    expect(await picturesFor({}, modelOf(FUN))).toBeUndefined()
    expect(await picturesFor({}, modelOf())).toBeUndefined()
  })
})

/** A picture whose every pixel is another. */
function pictureOf(width: number, height: number): Picture {
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256)
  return { width, height, rgb, sha256: 'ab' }
}

describe('the end of another clip', () => {
  const end = {
    width: 32,
    height: 16,
    frame: new Float32Array(32 * 16 * 3).fill(0.25),
    statistics: { mean: Array<number>(16).fill(0), deviation: Array<number>(16).fill(1) },
  }
  const given = (more: object = {}, model = modelOf(FUN)) =>
    givenFor({ continueFrom: { ...end, ...more } }, model)

  it('is the first frame, to the bit, in its own size', async () => {
    const { pictures, rowColours, keepsEnd, holdsColours } = await given()
    expect([keepsEnd, holdsColours, rowColours]).toEqual([false, false, end.statistics])
    expect(sizedFor(pictures!, { prompt: 'a' }, modelOf(FUN), USUAL)).toEqual({
      prompt: 'a',
      width: 32,
      height: 16,
    })
    const { first } = clipPictures(pictures!, FUN, end, { width: 16, height: 16 })
    expect(first.frame()).toBe(end.frame)
    const [value = 0] = first.square(4)
    expect(value).toBeCloseTo(0.25, 2)
    expect(first.sha256).toMatch(/^[0-9a-f]{64}$/)
    const other = await given({ frame: new Float32Array(end.frame.length) })
    expect(other.pictures!.first.sha256).not.toBe(first.sha256)
  })

  it.each<[string, () => Promise<unknown>, string]>([
    ['beside a picture', () => givenFor({ image, continueFrom: end }, modelOf(FUN)), 'not both'],
    [
      'of a model of text',
      () => given({}, modelOf()),
      'The end of the other clip cannot be used: Wan makes clips from text alone.',
    ],
    [
      'of another size than it says',
      () => given({ width: 48 }),
      'The end of the other clip has 1536 numbers',
    ],
    ['with numbers that are none', () => given({ frame: end.frame.map(() => NaN) }), 'or some that are none'],
    [
      'of another model',
      () => given({ statistics: { mean: [0], deviation: [1] } }),
      'The other clip has latents of 1 channels, and those of Wan have 16.',
    ],
    [
      'in another size',
      async () => sizedFor((await given()).pictures!, { width: 64 }, modelOf(FUN), USUAL),
      'A clip that continues another has the same size, 32×16; 64×16 was requested.',
    ],
  ])('%s is refused', async (_, act, sentence) => {
    await expect(act()).rejects.toThrow(sentence)
  })
})

describe('the size', () => {
  it("follows from the picture by the model's own rule, and is otherwise the given one", () => {
    const first = pictureOf(160, 90)
    expect(sizedFor({ first }, {}, modelOf(FUN), USUAL)).toEqual({ width: 832, height: 464 })
    expect(sizedFor({ first }, { width: 64 }, modelOf(FUN), USUAL)).toEqual({ width: 64 })
  })
})

describe('a picture as a model sees it', () => {
  const unit = { width: 16, height: 16 }

  it("is stretched where its shape is the video's, and cropped where it is not", () => {
    const near = pictureOf(90, 64)
    const size = { width: 80, height: 64 }
    const seen = (picture: Picture) => clipPictures({ first: picture }, FUN, size, unit).first.frame()
    expect(seen(near)).toEqual(stretchedFrame(near, size))
    const wide = pictureOf(160, 64)
    expect(seen(wide)).toEqual(coveringFrame(wide, size))
    expect(clipPictures({ first: near }, HELD, size, unit).first.frame()).toEqual(coveringFrame(near, size))
  })

  it('is a whole square for its features', () => {
    const first = pictureOf(20, 10)
    const made = clipPictures({ first, last: first }, FUN, { width: 32, height: 32 }, unit)
    expect(made.last!.square(14)).toEqual(stretchedFrame(first, { width: 14, height: 14 }))
    expect(made.last!.sha256).toBe('ab')
  })
})
