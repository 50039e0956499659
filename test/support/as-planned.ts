import { expect } from 'vitest'
import type { Clip } from '../../src/engine/clip'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import type { ModelFiles } from '../../src/engine/model/opened'
import { runPhases, type Phase } from '../../src/engine/phases'
import type { Gpu } from '../../src/gpu/device'
import type { Ops } from '../../src/gpu/ops'
import { loadingOf } from './loading'
import { fitForOrt } from './ort-in-node'

/** Runs a clip's phases on a pool of their own, which has the planned bytes in each; returns the planned stages. */
export async function runAsPlanned(
  gpu: Gpu,
  ops: Ops,
  { files, clip, phases }: { files: ModelFiles; clip: Clip; phases: Phase[] },
): Promise<string[]> {
  const measured: number[] = []
  const at = loadingOf(ops, files.weights, { device: fitForOrt(gpu.device) })
  await runPhases(phases, files.networks, at, {
    async around(_phase, body) {
      await body()
      measured.push(ops.pool.highWater)
    },
  })
  const residency = { text: 'f32', weights: 'f16', streamed: false } as const
  const planned = await planStages(files, clip, gpu, residency)
  expect(planned.slice(1).map(stageBytes)).toEqual(measured.slice(1)) // the text encoder has a pool of its own
  ops.pool.trim()
  expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  return planned.map(({ stage }) => stage)
}
