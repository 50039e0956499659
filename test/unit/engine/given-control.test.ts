// What of a control is refused before anything is opened.
import { describe, expect, it } from 'vitest'
import { controlFor } from '../../../src/engine/given-control'
import type { ModelFiles } from '../../../src/engine/model/opened'
import { wan21Networks } from '../../../src/models/wan21'
import { vaceNetworks } from '../../../src/models/wan21-vace'
import type { ControlInput } from '../../../src/protocol/control'
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
      'A mask marks what of a video is made anew, and there is no control video.',
    ],
    [
      'inpainting without a mask',
      { video, task: 'inpaint' },
      'Inpainting makes anew what a mask marks, and there is no mask.',
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
