// The frames and masks of each task.
import { describe, expect, it } from 'vitest'
import {
  composeControl,
  keptFrames,
  sketchControl,
  type ControlParts,
} from '../../../../src/media/control/compose'
import { movedMask } from '../../../../src/media/control/mask'
import { placeAt } from '../../../../src/protocol/control'
import { looksLikeVideo } from '../../../../src/protocol/looks-like-video'
import { stillSource, type FrameSource } from '../../../../src/media/control/source'
import { compare, goldenMetadata, openGolden } from '../../../support/golden'

const SHAPE = { width: 8, height: 8, numFrames: 9, fps: 10 }
const PIXELS = SHAPE.width * SHAPE.height

/** A video whose frames are of one colour each, 10 of them a second, from 10 on in tens. */
function source(frames: number, size = { width: 8, height: 8 }, read: number[] = []): FrameSource {
  return {
    ...size,
    times: {
      starts: Array.from({ length: frames }, (_, k) => k / 10),
      ends: Array.from({ length: frames }, (_, k) => (k + 1) / 10),
    },
    async *read(ids) {
      for (const id of ids) {
        read.push(id)
        yield new Uint8Array(size.width * size.height * 3).fill(10 + 10 * id)
      }
    },
  }
}

const NONE = { maskKeys: [], references: [] } as const
const bytesOf = (frames: readonly Uint8Array[] | undefined): number[] | undefined =>
  frames?.map(([byte]) => byte!)

/** The left half of a picture is to be made. */
const half = stillSource({
  ...SHAPE,
  rgb: Uint8Array.from({ length: PIXELS * 3 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 255 : 0)),
})
const plain = (byte: number) => ({ width: 8, height: 8, rgb: new Uint8Array(PIXELS * 3).fill(byte) })

describe('a control', () => {
  it('to follow is the video alone, each frame decoded once', async () => {
    const read: number[] = []
    const made = await composeControl({ ...NONE, task: 'follow', video: source(5, undefined, read) }, SHAPE)
    expect(bytesOf(made.video)).toEqual([10, 10, 20, 20, 30, 30, 40, 40, 50])
    expect(made.mask).toBeUndefined()
    expect(read).toEqual([0, 1, 2, 3, 4])
  })

  it('to inpaint is grey where the mask is white', async () => {
    const { video, mask } = await composeControl(
      { ...NONE, task: 'inpaint', video: source(9), mask: half },
      SHAPE,
    )
    expect([...video![0]!.subarray(0, 24)]).toEqual([
      ...Array<number>(12).fill(128),
      ...Array<number>(12).fill(10),
    ])
    expect([...mask![8]!.subarray(0, 8)]).toEqual([255, 255, 255, 255, 0, 0, 0, 0])
    // And one that moves: two pixels to the right at the end.
    const moved = await composeControl(
      {
        ...NONE,
        task: 'inpaint',
        video: source(9),
        mask: half,
        maskKeys: [
          { at: 0, x: 0, y: 0 },
          { at: 1, x: 0.25, y: 0 },
        ],
      },
      SHAPE,
    )
    expect([...moved.mask![0]!.subarray(0, 8)]).toEqual([255, 255, 255, 255, 0, 0, 0, 0])
    expect([...moved.mask![4]!.subarray(0, 8)]).toEqual([0, 255, 255, 255, 255, 0, 0, 0])
    expect([...moved.mask![8]!.subarray(0, 8)]).toEqual([0, 0, 255, 255, 255, 255, 0, 0])
  })

  it('to outpaint has a border to be made, left and right', async () => {
    const { video, mask } = await composeControl(
      { ...NONE, task: 'outpaint', video: source(9, { width: 8, height: 12 }) },
      { ...SHAPE, width: 12, height: 12 },
    )
    expect([...mask![0]!.subarray(0, 12)]).toEqual([255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255])
    expect(Array.from({ length: 12 }, (_, x) => video![2]![3 * x])).toEqual([
      128, 128, 30, 30, 30, 30, 30, 30, 30, 30, 128, 128,
    ])
  })

  it('to go on has the last frames of the video first; to lead up, its first ones last', async () => {
    expect(keptFrames(source(30).times, SHAPE)).toBe(1) // half of 9, in whole latent frames
    expect(keptFrames(source(30).times, { ...SHAPE, numFrames: 33 })).toBe(13)
    expect(keptFrames(source(6).times, { ...SHAPE, numFrames: 33 })).toBe(5)
    const long = { ...SHAPE, numFrames: 17 }
    const after = await composeControl({ ...NONE, task: 'extend-after', video: source(20) }, long)
    expect(bytesOf(after.video)).toEqual([160, 170, 180, 190, 200, ...Array<number>(12).fill(127)])
    expect(bytesOf(after.mask)).toEqual([...Array<number>(5).fill(0), ...Array<number>(12).fill(255)])
    const before = await composeControl({ ...NONE, task: 'extend-before', video: source(20) }, long)
    expect(bytesOf(before.mask)).toEqual([...Array<number>(12).fill(255), ...Array<number>(5).fill(0)])
    expect(bytesOf(before.video)!.slice(0, 13)).toEqual([...Array<number>(12).fill(127), 10])
  })

  it.each([
    ['a first frame', { first: plain(1) }, [0]],
    ['a last frame', { last: plain(1) }, [8]],
    ['both', { first: plain(1), last: plain(1) }, [0, 8]],
  ])('of %s is made between them', async (_what, given, at) => {
    const { video, mask } = await composeControl({ ...NONE, ...given, task: 'follow' }, SHAPE)
    const frames = Array.from({ length: 9 }, (_, f) => f)
    expect(bytesOf(video)).toEqual(frames.map((f) => (at.includes(f) ? 1 : 127)))
    expect(bytesOf(mask)).toEqual(frames.map((f) => (at.includes(f) ? 0 : 255)))
    // With a video that is followed, that video is between them.
    const both = await composeControl({ ...NONE, ...given, task: 'follow', video: source(9) }, SHAPE)
    expect(bytesOf(both.mask)).toEqual(bytesOf(mask))
    expect(bytesOf(both.video)![4]).toBe(50)
  })

  it('of references alone has no frames', async () => {
    const made = await composeControl({ ...NONE, task: 'follow', references: [plain(255)] }, SHAPE)
    expect(Object.keys(made).sort()).toEqual(['height', 'numFrames', 'references', 'width'])
    expect([...made.references[0]!.subarray(0, 3)]).toEqual([1, 1, 1])
  })

  it('has a sketch of the same lists', async () => {
    const cases: ControlParts[] = [
      { ...NONE, task: 'follow', video: source(5) },
      { ...NONE, task: 'inpaint', video: source(5), mask: half },
      { ...NONE, task: 'follow', first: plain(1) },
      { ...NONE, task: 'follow', references: [plain(1), plain(2)] },
    ]
    for (const parts of cases) {
      const [sketch, made] = [sketchControl(parts, SHAPE), await composeControl(parts, SHAPE)]
      expect(Object.keys(sketch).sort()).toEqual(Object.keys(made).sort())
      expect(sketch.references).toHaveLength(made.references.length)
    }
  })

  it('of the golden is the official one', async () => {
    const golden = await openGolden('vace_pipeline_tiny.golden')
    const { width, height, num_frames: F } = goldenMetadata(golden) as Record<string, number>
    const size = { width: width!, height: height! }
    const [frames, masks, expected] = await Promise.all(
      ['frames', 'box_mask', 'inpaint.frames'].map((name) => golden.bytes(name)),
    )
    const of = (bytes: Uint8Array, channels: number): FrameSource => ({
      ...source(F!, size),
      async *read(ids) {
        const count = size.width * size.height
        for (const id of ids)
          yield Uint8Array.from({ length: 3 * count }, (_, i) =>
            channels === 3 ? bytes[id * 3 * count + i]! : bytes[id * count + Math.floor(i / 3)]!,
          )
      },
    })
    const made = await composeControl(
      { ...NONE, task: 'inpaint', video: of(frames!, 3), mask: of(masks!, 1) },
      { ...size, numFrames: F!, fps: 10 },
    )
    expect(
      compare(
        'frames',
        made.video!.flatMap((frame) => [...frame]),
        expected!,
      ).relError,
    ).toBe(0)
    expect(
      compare(
        'masks',
        made.mask!.flatMap((mask) => [...mask]),
        masks!,
      ).relError,
    ).toBe(0)
  })
})

describe('a mask with keys', () => {
  it('moves evenly between them, and stays before and after', () => {
    const keys = [
      { at: 0.75, x: 1, y: -1 },
      { at: 0.25, x: 0, y: 0 },
    ]
    expect(placeAt(keys, 0)).toMatchObject({ x: 0, y: 0 })
    expect(placeAt(keys, 0.5)).toEqual({ x: 0.5, y: -0.5 })
    expect(placeAt(keys, 1)).toMatchObject({ x: 1, y: -1 })
    expect(placeAt([], 0.5)).toEqual({ x: 0, y: 0 })
  })

  it('leaves what comes in from outside as it is', () => {
    const mask = Uint8Array.from([1, 2, 3, 4, 5, 6])
    const size = { width: 3, height: 2 }
    expect([...movedMask(mask, size, 1, 0)]).toEqual([0, 1, 2, 0, 4, 5])
    expect([...movedMask(mask, size, -1, 1)]).toEqual([0, 0, 0, 2, 3, 0])
    expect([...movedMask(mask, size, 5, 0)]).toEqual([0, 0, 0, 0, 0, 0])
  })
})

describe('a file', () => {
  it.each([
    ['an MP4', '\0\0\0\x18ftypisom', true],
    ['a WebM', '\x1aE\xdf\xa3.......', true],
    ['an AVIF picture', '\0\0\0\x18ftypavif', false],
    ['a PNG', '\x89PNG\r\n\x1a\n....', false],
  ])('is recognised as a video by its first bytes: %s', (_what, start, is) => {
    expect(looksLikeVideo(Uint8Array.from(start, (letter) => letter.charCodeAt(0)))).toBe(is)
  })
})
