// Where the time of a row goes: its dispatches by kernel, each timed by itself on the GPU.
import { Profiler, type KernelTime } from '../../src/gpu/profiler'
import type { Recorder } from '../../src/gpu/recorder'
import type { Contender } from './contest'

/** A sentence for each kernel of a contender, the longest first. */
export async function profile(device: GPUDevice, recorder: Recorder, { run, settle }: Contender): Promise<string[]> {
  const profiler = new Profiler(device)
  recorder.profiler = profiler
  try {
    await run()
    await settle()
    const groups = new Map<string, KernelTime[]>()
    for (const time of await profiler.take()) groups.set(time.stem, [...(groups.get(time.stem) ?? []), time])
    const sentences = [...groups].map(([stem, times]) => summary(stem, times)).sort((a, b) => b.ms - a.ms).map(({ text }) => text)
    return profiler.missed === 0 ? sentences : [...sentences, `${profiler.missed} further dispatches were not timed`]
  } finally {
    recorder.profiler = undefined
    profiler.close()
  }
}

function summary(stem: string, times: readonly KernelTime[]): { readonly ms: number; readonly text: string } {
  const ms = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const flops = times.reduce((sum, each) => sum + each.flops, 0)
  return { ms, text: `${stem}: ${ms.toFixed(3)} ms in ${times.length} ${times.length === 1 ? 'dispatch' : 'dispatches'}${flops === 0 ? '' : `, ${(flops / ms / 1e6).toPrecision(3)} GFLOP/s`}` }
}
