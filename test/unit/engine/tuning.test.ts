// What is tried for the models that there are, from shapes alone.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dryRun, type PlannedDevice } from '../../../src/engine/memory/dry-run'
import { heaviestTasks } from '../../../src/engine/kernels/tuning'
import { dryOps } from '../../../src/gpu/ops'
import { clipOf, fullSizeModel, settingsOf } from '../../support/full-size'
import type { KernelFamily, Variants } from '../../../src/gpu/variants'
import { openModelFolder } from '../../support/model-folder'

const DEVICE: PlannedDevice = {
  storage: 'f16',
  maxBindingBytes: 128 * 2 ** 20,
  maxBufferBytes: 256 * 2 ** 20,
}

describe('the calls that do most of the work', () => {
  it('of Wan 2.1 T2V 1.3B at 480×272, 33 frames', async () => {
    const tasks = await heaviestTasks(
      fullSizeModel(),
      clipOf(settingsOf({ width: 480, height: 272, numFrames: 33 }), [40, 126]),
      DEVICE,
      'q8',
    )
    const of = (family: KernelFamily): Record<string, unknown> => {
      const task = tasks.find((each) => each.family === family)!
      return { ...task.layer, ...task.size }
    }
    const { rows, cols, format } = of('linear') // one of the block's matrices, which differ little
    expect(format).toBe('q8')
    expect(Number(rows) * Number(cols)).toBeGreaterThanOrEqual(1536 ** 2)
    expect(of('attention')).toEqual({ numHeads: 12, headDim: 128, queries: 4590, keys: 4590 })
    expect(of('convolution')).toEqual({
      inChannels: 192,
      outChannels: 192,
      kernelT: 3,
      kernelHW: 3,
      stride: 1,
      upsample: 1,
      height: 136,
      width: 240,
      past: 2,
    })
    expect(of('norms')).toEqual({ dim: 1536, rows: 4590 })
    expect(tasks.map(({ family }) => family).at(-1)).toBe('norms')
  })

  it('of the bundled model', async () => {
    const tasks = await heaviestTasks(
      await openModelFolder(join(import.meta.dirname, '../../../public/models/mini')),
      clipOf(settingsOf({ width: 64, height: 64, numFrames: 33 }), [12]),
      DEVICE,
      'q8',
    )
    expect(tasks.map(({ family }) => family).sort()).toEqual(['attention', 'convolution', 'linear', 'norms'])
  })
})

it('the memory of a clip does not depend on the variants', async () => {
  const DIRECT: Variants = {
    linear: 'direct4',
    attention: 'direct4',
    norms: 'direct4',
    convolution: 'direct_strips',
  }
  const bytes = async (changes: { variants?: Variants }): Promise<number[]> => {
    const ops = { ...dryOps('f16', DEVICE.maxBindingBytes), ...changes }
    const clip = clipOf(settingsOf({ width: 128, height: 128, numFrames: 5 }), [40, 126])
    const stages = await dryRun(fullSizeModel(), clip, { text: 'q4', weights: 'q8', streamed: false }, ops)
    return stages.map(({ weightBytes, activationBytes }) => weightBytes + activationBytes)
  }
  expect(await bytes({ variants: DIRECT })).toEqual(await bytes({}))
})
