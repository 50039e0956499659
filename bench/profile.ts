// Profiles a row: its dispatches by kernel, each timed by itself on the GPU.
import { Profiler, type KernelTime } from '../src/gpu/profiler'
import type { Recorder } from '../src/gpu/recorder'
import type { Candidate } from './comparison'

interface Total {
  readonly stem: string
  dispatches: number
  flops: number
  ms: number
}

/** A line for each kernel of a candidate, the slowest first. */
export async function profile(
  device: GPUDevice,
  recorder: Recorder,
  { run, settle }: Candidate,
): Promise<string[]> {
  const profiler = new Profiler(device)
  recorder.profiler = profiler
  try {
    await run()
    await settle()
    const sentences = totals(await profiler.take()).map(sentence)
    return profiler.missed === 0
      ? sentences
      : [...sentences, `${profiler.missed} further dispatches were not timed`]
  } finally {
    recorder.profiler = undefined
    profiler.close()
  }
}

function totals(times: readonly KernelTime[]): Total[] {
  const found = new Map<string, Total>()
  for (const { stem, flops, milliseconds } of times) {
    const total = found.get(stem) ?? { stem, dispatches: 0, flops: 0, ms: 0 }
    total.dispatches++
    total.flops += flops
    total.ms += milliseconds
    found.set(stem, total)
  }
  return [...found.values()].sort((a, b) => b.ms - a.ms)
}

function sentence({ stem, dispatches, flops, ms }: Total): string {
  const rate = flops === 0 ? '' : `, ${(flops / ms / 1e6).toPrecision(3)} GFLOP/s`
  return `${stem}: ${ms.toFixed(3)} ms in ${dispatches} ${dispatches === 1 ? 'dispatch' : 'dispatches'}${rate}`
}
