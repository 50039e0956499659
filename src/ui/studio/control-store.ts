// What the next clip follows or changes, of models that take a control; it stays as long as the tab.
import { CONTROL_STRENGTH, type ControlInput, type ControlTask, type MaskKey } from '../../protocol/control'
import type { Stroke } from '../create/mask-strokes'
import { createStore, type Store } from '../store'
import { asFile } from './given'

export interface ControlState {
  video: File | undefined
  /** Chosen by the person; else what goes with the files. */
  task: ControlTask | undefined
  /** A picture or a video, or what was painted. */
  mask: File | undefined
  /** Of a mask that was painted here. */
  strokes: readonly Stroke[]
  keys: readonly MaskKey[]
  references: readonly File[]
  strength: number
}

export interface ControlStore extends Store<ControlState> {
  setVideo(video: File | undefined): void
  /** Puts the mask at another place at a moment; before the first key it is where it was painted. */
  setKey(key: MaskKey): void
  removeKey(at: number): void
  /** What is done with the video. */
  task(): ControlTask
  /** Takes over the control of a clip. */
  recall(control: ControlInput): void
  /** For a run. @param hasPicture whether it begins or ends with one, which is part of the control */
  input(hasPicture?: boolean): { readonly control?: ControlInput }
}

const EMPTY: ControlState = {
  video: undefined,
  task: undefined,
  mask: undefined,
  strokes: [],
  keys: [],
  references: [],
  strength: CONTROL_STRENGTH.usual,
}

export function createControlStore(): ControlStore {
  const store = createStore<ControlState>(EMPTY)
  const task = (): ControlTask => {
    const { task: chosen, mask } = store.get()
    return chosen ?? (mask ? 'inpaint' : 'follow')
  }
  return {
    ...store,
    task,
    setVideo: (video) => store.set({ video, mask: undefined, strokes: [], keys: [] }),
    setKey(key) {
      const others = store.get().keys.filter(({ at }) => at !== key.at)
      const start = others.length === 0 && key.at > 0 ? [{ at: 0, x: 0, y: 0 }] : []
      store.set({ keys: [...start, ...others, key].sort((a, b) => a.at - b.at) })
    },
    removeKey: (at) => store.set({ keys: store.get().keys.filter((key) => key.at !== at) }),
    recall({ video, task: chosen, mask, maskKeys = [], references = [], strength }) {
      store.set({
        ...EMPTY,
        video: video && asFile(video, 'video'),
        task: chosen,
        mask: mask && asFile(mask, 'mask'),
        keys: maskKeys,
        references: references.map((file) => asFile(file, 'reference')),
        strength: strength ?? EMPTY.strength,
      })
    },
    input(hasPicture = false) {
      const { video, mask, keys, references, strength } = store.get()
      if (!video && references.length === 0)
        return hasPicture && strength !== EMPTY.strength ? { control: { strength } } : {}
      const usesMask = video !== undefined && (task() === 'inpaint' || task() === 'follow')
      return {
        control: {
          references,
          strength,
          ...(video && { video, task: task() }),
          ...(mask && usesMask && { mask, maskKeys: keys }),
        },
      }
    },
  }
}
