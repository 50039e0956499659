// What of a control is refused, resampled or left out.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fitNotes, type NamedSource } from '../../../src/engine/control-fit'
import { controlFor } from '../../../src/engine/given-control'
import type { ModelFiles } from '../../../src/engine/model/opened'
import { wan21Networks } from '../../../src/models/wan21'
import { vaceNetworks } from '../../../src/models/wan21-vace'
import type { ControlInput } from '../../../src/protocol/control'
import type { GenerationSettings } from '../../../src/protocol/settings'
import { halfMask } from '../../e2e/support/tiny-vace'
import { fakePictures } from '../../support/fake-pictures'
import { fullSizeModel } from '../../support/full-size'
import { TINY, TINY_VACE } from '../../support/raw-model'

const VACE: ModelFiles = { ...fullSizeModel(), networks: vaceNetworks(TINY_VACE) }
const TEXT: ModelFiles = { ...fullSizeModel(), networks: wan21Networks(TINY) }
const file = (name: string): File => new File([new Uint8Array(4)], name)
const [video, mask] = [file('dance.mp4'), file('mask.png')]

describe('a control', () => {
  it.each<[string, ControlInput, string]>([
    [
      'a mask without a video',
      { mask },
      'A mask marks the part of a video to redraw, and there is no control video.',
    ],
    [
      'inpainting without a mask',
      { video, task: 'inpaint' },
      'Inpainting redraws what a mask marks, and there is no mask.',
    ],
    [
      'outpainting without a video',
      { references: [mask], task: 'outpaint' },
      'The task outpaint changes a video, and there is no control video.',
    ],
    [
      'a mask where the task has its own',
      { video, mask, task: 'extend-after' },
      'The task extend-after makes its own mask;',
    ],
    [
      'a strength out of range',
      { video, strength: 3 },
      'The strength of a control must be a number from 0 to 2; 3 is not.',
    ],
    ['a strength that is no number', { video, strength: NaN }, 'must be a number from 0 to 2; NaN is not.'],
    [
      'a task of another name',
      { video, task: 'sing' as never },
      'must be one of follow, inpaint, outpaint, extend-after, extend-before; "sing" is none of them.',
    ],
    [
      'too many references',
      { references: [mask, mask, mask, mask, mask] },
      '5 reference pictures were given; a clip takes up to 4.',
    ],
    [
      'keys outside the clip',
      { video, mask, maskKeys: [{ at: 2, x: 0, y: 0 }] },
      'The keys of a mask must be moments from 0 to 1',
    ],
  ])('with %s is refused', async (_what, control, sentence) => {
    await expect(controlFor({ control }, VACE)).rejects.toThrow(sentence)
  })

  it('is refused by a model that takes none, by its name', async () => {
    await expect(controlFor({ control: { video } }, TEXT)).rejects.toThrow(
      'Wan follows no control video, mask or reference picture. Choose a VACE model, such as Wan 2.1 VACE 1.3B, or leave them out.',
    )
  })

  it.each<ControlInput | undefined>([undefined, {}, { references: [], strength: 1 }])(
    'of nothing is none: %j',
    async (control) => {
      const given = control ? { control } : {}
      expect(await controlFor(given, VACE)).toBeUndefined()
      expect(await controlFor(given, TEXT)).toBeUndefined()
    },
  )

  it('of a file that is neither video nor picture is refused', async () => {
    await expect(controlFor({ control: { video: file('notes.txt') } }, VACE)).rejects.toThrow(
      'notes.txt is not a picture that Zoetrope reads',
    )
  })
})

const settingsOf = (size: { width: number; height: number; numFrames: number }): GenerationSettings =>
  ({ prompt: '', ...size }) as GenerationSettings

describe('the files of a control', () => {
  beforeEach(() => {
    fakePictures()
    return () => vi.unstubAllGlobals()
  })
  const png = (name: string, width: number, height: number): File =>
    new File([new Uint8Array(halfMask(width, height))], name)
  const given = async (control: ControlInput, more: { image?: File } = {}) =>
    (await controlFor({ control, ...more }, VACE))!

  it.each([
    ['small', png('dot.png', 8, 8)],
    ['narrow', png('thread.png', 17, 70_000)],
  ])('are refused where they are too %s to give the clip its size', async (_what, video) => {
    const control = await given({ video })
    expect(() => control.sized({})).toThrow(
      new RegExp(`^${video.name} has \\d+×\\d+ pixels, and the clip takes its size from it: at least 16×16`),
    )
    expect(control.sized({ width: 64 })).toEqual({ width: 64 })
    const first = (await controlFor({ image: video }, VACE))!
    expect(() => first.sized({})).toThrow(`${video.name} has`)
  })

  it('are enlarged with a sentence where they are smaller than the clip', async () => {
    const control = await given({ video: png('bay.png', 64, 48), mask: png('mask.png', 32, 24) })
    expect(control.notes(settingsOf({ width: 64, height: 48, numFrames: 9 }))).toEqual([
      'mask.png has 32×24 pixels, the clip 64×48: it is enlarged.',
    ])
    expect(control.notes(settingsOf({ width: 96, height: 48, numFrames: 9 }))).toEqual([
      'bay.png has 64×48 pixels, the clip 96×48: it is enlarged.',
      'mask.png has 32×24 pixels, the clip 96×48: it is enlarged.',
    ])
    const wide = await given({ video: png('bay.png', 64, 48), task: 'outpaint' })
    expect(wide.notes(settingsOf({ width: 96, height: 48, numFrames: 9 }))).toEqual([])
  })

  it('are named where the mask has another shape than the video', async () => {
    const control = await given({ video: png('bay.png', 96, 48), mask: png('mask.png', 96, 96) })
    expect(control.notes(settingsOf({ width: 96, height: 48, numFrames: 9 }))).toEqual([
      expect.stringMatching(
        /^mask\.png has 96×96 pixels and bay\.png 96×48, a different shape: each is cropped/,
      ),
    ])
  })

  it('are left out with a sentence at strength 0', async () => {
    const control = await given({ references: [png('fox.png', 64, 48)], strength: 0 })
    const settings = settingsOf({ width: 64, height: 48, numFrames: 9 })
    expect(control.sketch(settings)).toBeUndefined()
    expect(await control.load(settings)).toBeUndefined()
    expect(control.notes(settings)).toEqual([
      'The strength of the control is 0: the clip is made without it.',
    ])
  })
})

describe('a video as the control', () => {
  const source = (frames: number, width = 96, height = 64): NamedSource => ({
    name: 'dance.mp4',
    source: {
      width,
      height,
      times: {
        starts: Array.from({ length: frames }, (_, i) => i / 16),
        ends: Array.from({ length: frames }, (_, i) => (i + 1) / 16),
      },
      read: () => {
        throw new Error('No frame is read for a sentence.')
      },
    },
  })
  const clip = { width: 96, height: 64, numFrames: 9 }

  it.each([
    [12, 'follow', []],
    [8, 'follow', ['dance.mp4 has 8 frames and the clip 9: some of them are shown more than once.']],
    [8, 'outpaint', ['dance.mp4 has 8 frames and the clip 9: some of them are shown more than once.']],
    [8, 'extend-after', []],
    [1, 'follow', []],
  ] as const)('of %i frames for 9, task %s', (frames, task, sentences) => {
    expect(fitNotes({ video: source(frames), mask: undefined }, task, clip)).toEqual(sentences)
  })

  it('has a mask that may be too short too', () => {
    const mask = { ...source(4), name: 'mask.mp4' }
    expect(fitNotes({ video: source(9), mask }, 'inpaint', clip)).toEqual([
      'mask.mp4 has 4 frames and the clip 9: some of them are shown more than once.',
    ])
  })
})
