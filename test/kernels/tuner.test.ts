import { describe, expect, it } from 'vitest'
import { openOps, type Ops } from '../../src/gpu/ops'
import type { Recorder } from '../../src/gpu/recorder'
import { openTrialBench } from '../../src/gpu/tuner/trial-bench'
import type { Task } from '../../src/gpu/tuner/workload'
import type { Candidates } from '../../src/gpu/tuner/candidates'
import { autotune } from '../../src/gpu/tuner/autotune'
import { attentionTrial } from '../../src/gpu/tuner/attention-trial'
import { convolutionTrial } from '../../src/gpu/tuner/convolution-trial'
import { linearTrial } from '../../src/gpu/tuner/linear-trial'
import { normsTrial } from '../../src/gpu/tuner/norms-trial'
import { deviation, type Trial } from '../../src/gpu/tuner/trial'
import { KERNEL_TOLERANCE } from '../support/error'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'

/** Tiles take software adapters seconds to compile; one family shows what a choice among them is. */
const CANDIDATES: Candidates = {
  linear: ['direct4'],
  attention: ['direct4'],
  norms: ['direct4', 'tile'],
  convolution: ['direct4', 'direct_strips'],
}
const TASKS: readonly Task[] = [
  {
    family: 'convolution',
    layer: { inChannels: 16, outChannels: 16, kernelT: 3, kernelHW: 3, stride: 1, upsample: 1 },
    size: { height: 8, width: 20, past: 2 },
  },
  { family: 'norms', layer: { dim: 64 }, size: { rows: 9 } },
]

describe.each(quickCases())('the tuner on $name', (gpuCase) => {
  it('chooses variants that give right results', async () => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(gpu)
    // A clock on which everything takes 5 ms: this is about what is run, not about how quick this machine is.
    let now = 0
    const clock = { now: () => (now += 5), wait: () => new Promise<void>(() => {}) }
    const checked: string[] = []
    const done: number[] = []
    const openTask = (task: Task) => {
      const bench = openTrialBench(ops, task, clock.now)
      return {
        ...bench,
        async deviation(name: string) {
          const found = await bench.deviation(name)
          expect(found, `${task.family} ${name}`).toBeLessThan(bench.tolerance)
          checked.push(`${task.family} ${name}`)
          return found
        },
      }
    }
    const { variants, notes } = await autotune({
      candidates: CANDIDATES,
      tasks: TASKS,
      openTrialBench: openTask,
      clock,
      onDone: (families) => done.push(families),
    })
    expect(CANDIDATES.norms).toContain(variants.norms)
    expect(CANDIDATES.convolution).toContain(variants.convolution)
    expect(variants).toMatchObject({ linear: 'direct4', attention: 'direct4' })
    expect([notes, checked, done]).toEqual([
      [],
      ['convolution direct4', 'convolution direct_strips', 'norms direct4', 'norms tile'],
      [1, 2],
    ])
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('leaves out a variant that does not compile', async () => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(gpu)
    const compile: Recorder['compile'] = async (kernel, call) => {
      if (kernel.family === 'attention' && call.slots?.['loop'] === 'tile')
        throw new Error('The compiler gave up')
      await ops.recorder.compile(kernel, call)
    }
    const recorder = Object.create(ops.recorder, { compile: { value: compile } }) as Recorder
    const candidates: Candidates = { ...CANDIDATES, attention: ['direct4', 'tile'] }
    const task: Task = {
      family: 'attention',
      layer: { numHeads: 1, headDim: 16 },
      size: { queries: 5, keys: 7 },
    }
    const { variants, notes } = await autotune({
      candidates,
      tasks: [task],
      openTrialBench: (each) => openTrialBench({ ...ops, recorder }, each, () => performance.now()),
    })
    expect(variants.attention).toBe('direct4')
    expect(notes).toEqual(['On this GPU the variant "tile" of attention is not used: The compiler gave up.'])
  })
})

describe.each(quickCases())('a trial on $name agrees with the kernel:', (gpuCase) => {
  const check = async (open: (ops: Ops) => Trial): Promise<void> => {
    const { ops } = await testGpu(gpuCase)
    const trial = open(ops)
    const output = trial.run(ops)
    const values = await ops.read(output)
    const expected = trial.expected()
    expect(expected.size).toBeGreaterThan(10)
    expect(Math.max(...expected.keys())).toBe(values.length - 1)
    expect(deviation(values, expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(output, ...trial.inputs)
  }
  const ALL = 1e9

  it.each([
    { format: 'f16', rows: 100, cols: 36, tokens: 5 },
    { format: 'q8', rows: 77, cols: 40, tokens: 130 },
    { format: 'q4', rows: 64, cols: 64, tokens: 3 },
  ] as const)('$tokens tokens by [$rows, $cols] in $format', ({ format, rows, cols, tokens }) =>
    check((ops) =>
      linearTrial(ops, { family: 'linear', layer: { rows, cols, format }, size: { tokens } }, ALL),
    ),
  )

  it.each([
    { numHeads: 2, headDim: 20, queries: 33, keys: 17 },
    { numHeads: 1, headDim: 128, queries: 7, keys: 130 },
  ])('$queries queries, $keys keys, $numHeads heads of $headDim', ({ numHeads, headDim, queries, keys }) =>
    check((ops) =>
      attentionTrial(
        ops,
        { family: 'attention', layer: { numHeads, headDim }, size: { queries, keys } },
        ALL,
      ),
    ),
  )

  it.each([
    { kernelT: 3, kernelHW: 3, stride: 1, upsample: 1, past: 2 },
    { kernelT: 3, kernelHW: 3, stride: 1, upsample: 1, past: 1 },
    { kernelT: 1, kernelHW: 3, stride: 1, upsample: 2, past: 0 },
    { kernelT: 1, kernelHW: 3, stride: 2, upsample: 1, past: 0 },
    { kernelT: 3, kernelHW: 1, stride: 1, upsample: 1, past: 2 },
  ] as const)(
    '$kernelHW×$kernelHW over $kernelT frames, $past of them there, stride $stride, ×$upsample',
    ({ past, ...shape }) =>
      check((ops) =>
        convolutionTrial(
          ops,
          {
            family: 'convolution',
            layer: { inChannels: 12, outChannels: 20, ...shape },
            size: { height: 6, width: 10, past },
          },
          ALL,
        ),
      ),
  )

  it('9 rows of 63 channels', () =>
    check((ops) => normsTrial(ops, { family: 'norms', layer: { dim: 63 }, size: { rows: 9 } }, ALL)))
})
