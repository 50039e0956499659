import { describe, expect, it } from 'vitest'
import { createControlStore } from '../../../../src/ui/studio/control-store'

const file = (name: string): File => new File([], name)

describe('what a clip follows', () => {
  it('is nothing until a video or a reference is chosen', () => {
    const control = createControlStore()
    expect(control.input()).toEqual({})
    control.set({ strength: 0.5 })
    expect(control.input()).toEqual({})
    const reference = file('a.png')
    control.set({ references: [reference] })
    expect(control.input()).toEqual({ control: { references: [reference], strength: 0.5 } })
  })

  it('is the strength of pictures that the clip begins or ends with', () => {
    const control = createControlStore()
    expect(control.input(true)).toEqual({})
    control.set({ strength: 0.5 })
    expect(control.input(true)).toEqual({ control: { strength: 0.5 } })
  })

  it('is taken over from a clip, and left out again', () => {
    const control = createControlStore()
    const given = { video: file('a.mp4'), mask: file('m.png'), maskKeys: [{ at: 0, x: 1, y: 0 }] }
    const references = [file('r.png')]
    control.recall({ ...given, references, strength: 0.5, task: 'inpaint' })
    expect(control.input()).toEqual({ control: { ...given, references, strength: 0.5, task: 'inpaint' } })
    control.recall({})
    expect([control.input(), control.get().strength]).toEqual([{}, 1])
  })

  it('is made anew where there is a mask, and followed where there is none', () => {
    const control = createControlStore()
    const [video, mask] = [file('a.mp4'), file('mask.png')]
    control.setVideo(video)
    expect(control.input().control).toMatchObject({ video, task: 'follow' })
    control.set({ mask })
    expect(control.input().control).toMatchObject({ video, mask, task: 'inpaint', maskKeys: [] })
    // A task with a mask of its own leaves that out, and it is there again for the others.
    control.set({ task: 'outpaint' })
    expect(control.input().control).not.toHaveProperty('mask')
    control.set({ task: undefined })
    expect(control.input().control).toMatchObject({ mask, task: 'inpaint' })
    // The mask was painted on that video.
    control.setVideo(file('b.mp4'))
    expect(control.input().control).not.toHaveProperty('mask')
  })

  it('has keys in order, one a moment, and begins where the mask was painted', () => {
    const control = createControlStore()
    control.setKey({ at: 0.5, x: 0.1, y: 0 })
    control.setKey({ at: 0.25, x: 0.2, y: 0 })
    control.setKey({ at: 0.5, x: 0.3, y: 0 })
    expect(control.get().keys).toEqual([
      { at: 0, x: 0, y: 0 },
      { at: 0.25, x: 0.2, y: 0 },
      { at: 0.5, x: 0.3, y: 0 },
    ])
    control.removeKey(0.25)
    expect(control.get().keys.map(({ at }) => at)).toEqual([0, 0.5])
  })
})
