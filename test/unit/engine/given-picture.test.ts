// Pictures that are given to a model: what it takes, and how it sees them.
import { describe, expect, it } from 'vitest'
import { clipPictures, picturesFor, sizedFor } from '../../../src/engine/given-picture'
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
      'Wan makes what lies between two pictures, and one was given.',
    ],
    ['an empty file', FUN, { image }, /^boat\.png/],
  ])('%s are refused', async (_, use, given, sentence) => {
    await expect(picturesFor(given, modelOf(use))).rejects.toThrow(sentence)
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

describe('the size', () => {
  it("follows from the picture by the model's own rule, and is otherwise the given one", () => {
    const first = pictureOf(160, 90)
    expect(sizedFor({ first }, {}, modelOf(FUN))).toEqual({ width: 832, height: 464 })
    expect(sizedFor({ first }, { width: 64 }, modelOf(FUN))).toEqual({ width: 64 })
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
