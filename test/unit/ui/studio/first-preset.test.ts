import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../../../src/catalogue/catalogue'
import { presetsOf } from '../../../../src/catalogue/presets'
import type { TimeEstimate } from '../../../../src/protocol/estimate'
import { limitsFor } from '../../../../src/protocol/limits'
import type { SessionState } from '../../../../src/ui/session-state'
import { createStore } from '../../../../src/ui/store'
import { beginWithPreset, firstPreset } from '../../../../src/ui/studio/first-preset'
import { createFormStore } from '../../../../src/ui/studio/form-store'
import { takePicture } from './take-picture'
import { Memory } from './memory'

const wan = CATALOGUE.find(({ id }) => id === 'wan2.1-t2v-1.3b')!
const { draft, standard } = presetsOf(wan)
const taking = (likely: number): TimeEstimate => ({
  low: likely,
  likely,
  high: likely,
  stages: {},
  source: 'model',
})

describe('a model begins with', () => {
  it.each([
    ['Standard where that takes minutes', taking(300), standard],
    ['Draft where Standard takes longer', taking(3000), draft],
    ['Standard where nothing is known', undefined, standard],
  ])('%s', (_name, time, preset) => {
    expect(firstPreset(wan, () => time)).toEqual(preset)
  })

  function opened(likely: number | undefined, storage = new Memory()) {
    const session = createStore({ engine: undefined } as unknown as SessionState)
    const form = createFormStore(session, storage, { takePicture })
    beginWithPreset(session, form, { predict: () => (likely === undefined ? undefined : taking(likely)) })
    const limits = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 }, wan.defaults)
    const model = {
      id: wan.id,
      title: 'Wan',
      version: '1',
      fps: 16,
      defaults: limits.defaults,
      limits,
      sizes: [],
      bytes: 1,
      takesPicture: false,
    }
    const plan = {
      stages: [],
      peakBytes: 1,
      budgetBytes: 2,
      weightFormat: 'q8',
      streamed: false,
      notes: [],
    } as const
    const arrive = (): void => {
      session.set({ engine: { adapter: 'GPU', model } })
      session.set({ plan: { ...plan, stages: [], notes: [] } })
    }
    return { form, arrive, storage }
  }

  it('what this machine can do, once its speed is known', () => {
    const { form, arrive } = opened(3000)
    expect(form.input()).not.toHaveProperty('width')
    arrive()
    expect(form.input()).toMatchObject({ width: '416', height: '240', numFrames: '33' })
  })

  it('what was set for it before, and with what a link brought', () => {
    const { form, arrive, storage } = opened(3000)
    form.recall({ width: 640 })
    arrive()
    expect(form.input()).toMatchObject({ width: '640' })
    expect(form.input()).not.toHaveProperty('height')
    const later = opened(3000, storage)
    later.arrive()
    expect(later.form.input()).not.toHaveProperty('height')
  })

  it('its own settings again where they were reset by hand', () => {
    const { form, arrive } = opened(3000)
    arrive()
    form.reset()
    arrive()
    expect(form.input()).not.toHaveProperty('width')
  })
})
