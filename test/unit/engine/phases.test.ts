import { expect, it } from 'vitest'
import { runPhases } from '../../../src/engine/phases'
import { dryOps } from '../../../src/gpu/ops'
import type { Loading, Networks } from '../../../src/models/family'

it('writes what a part that read ahead has left, before its memory goes', async () => {
  const order: string[] = []
  const plan = dryOps('f32', Infinity)
  const trim = plan.pool.trim.bind(plan.pool)
  plan.pool.trim = () => (order.push('trim'), trim())
  const ops = { ...plan, drain: async () => void order.push('drain') }
  const part = (name: string) => ({ release: () => void order.push(`release ${name}`) })
  const networks = {
    openDenoiser: async () => part('denoiser'),
    openDecoder: async () => part('decoder'),
  } as unknown as Networks
  const run = (name: string) => async () => void order.push(name)
  await runPhases(
    [
      { name: 'denoise', steps: 1, holds: ['denoiser'], run: run('denoise') },
      { name: 'decode', steps: 1, holds: ['decoder'], run: run('decode') },
    ],
    networks,
    { ops } as unknown as Loading,
    { around: (_phase, body) => body() },
  )
  expect(order).toEqual([
    'drain',
    'trim',
    'denoise',
    'release denoiser',
    'drain',
    'trim',
    'decode',
    'release decoder',
  ])
})
