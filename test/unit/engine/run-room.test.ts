import { expect, it } from 'vitest'
import { ClipMaker } from '../../../src/engine/clip-maker'
import { roomFor, totalOf } from '../../../src/engine/runs/run-room'
import type { Workshop } from '../../../src/engine/workshop'
import { filesInMemory } from '../../../src/storage/runs/files-in-memory'
import { createRunStore } from '../../../src/storage/runs/run-store'
import { clipOf, fullSizeModel, settingsOf } from '../../support/full-size'

const SETTINGS = settingsOf({ width: 128, height: 128, numFrames: 5 })
/** 5 frames of 4:2:0, and the latents of 16 channels, 2 × 16 × 16, in floats. */
const [FRAMES, LATENTS] = [5 * 1.5 * 128 * 128, 4 * 16 * 2 * 16 * 16]

it('is that of frames, latents, two steps, prompts and given files', () => {
  const { saves, frameBytes } = roomFor(
    fullSizeModel().networks,
    clipOf(SETTINGS, [40, 126]),
    new Map([['file0', 1000]]),
  )
  expect(frameBytes).toBe(FRAMES)
  expect(saves.get('latents')).toEqual({ bytes: LATENTS, slots: 1 })
  expect(saves.get('prompts')).toEqual({ bytes: 4 * 166 * 4096, slots: 1 })
  const { bytes: step } = saves.get('step')!
  expect(step % LATENTS).toBe(0)
  expect(totalOf({ saves, frameBytes })).toBe(FRAMES + LATENTS + 4 * 166 * 4096 + 2 * step + 1000)
})

it('is planned where runs are kept on the disk', async () => {
  const memory = createRunStore(filesInMemory())
  const planned = async (runs: Workshop['runs']): Promise<number | undefined> => {
    const maker = new ClipMaker({
      gpu: { storage: 'f16', maxBindingBytes: 128 * 2 ** 20, maxBufferBytes: 256 * 2 ** 20 },
      request: { weightFormat: 'q4', memoryBytes: 4e9 },
      extensions: {},
      runs,
    } as unknown as Workshop)
    const job = {
      settings: SETTINGS,
      materials: { files: fullSizeModel(), holdsColours: false, keepsEnd: false },
      given: {},
    }
    return (await maker.plan(job)).runBytes
  }
  expect(await planned({ memory })).toBeUndefined()
  expect(await planned({ memory, disk: memory })).toBeGreaterThan(FRAMES + 3 * LATENTS)
})
