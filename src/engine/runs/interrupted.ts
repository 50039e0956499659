import type { Stage } from '../../protocol/progress'
import type { InterruptedRun } from '../../protocol/runs'
import type { RunStore, StoredRun } from '../../storage/runs/run-store'
import { readFacts } from './run-facts'

/** How far a run got, by its saves. */
function reached(
  { lines }: StoredRun,
  steps: number,
  frames: number,
): [stage: Stage, step: number, steps: number] {
  if (lines.saves.has('latents')) return ['decode', Math.min(frames, lines.frames.length), frames]
  const about = lines.saves.get('step')?.[0]?.about as { state?: { done?: unknown } } | undefined
  const done = Math.min(steps, Number(about?.state?.done ?? 0))
  return lines.saves.has('prompts') ? ['denoise', done, steps] : ['encode', 0, 1]
}

/** Runs that can go on, the newest first. */
export async function interruptedRuns(store: RunStore): Promise<InterruptedRun[]> {
  const runs = (await store.list()).flatMap((run): InterruptedRun[] => {
    try {
      const { settings, model, gpu, begunAt } = readFacts(run.lines.facts)
      const [stage, step, steps] = reached(run, settings.numInferenceSteps, settings.numFrames)
      const { id, title } = model
      return [
        { id: run.id, settings, model: { id, title }, adapter: gpu.adapter, begunAt, stage, step, steps },
      ]
    } catch {
      return []
    }
  })
  return runs.sort((a, b) => b.begunAt - a.begunAt)
}
