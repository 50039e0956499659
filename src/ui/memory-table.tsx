import type { MemoryPlan, Stage } from '../protocol/progress'
import { formatBytes } from './words'

const MODELS: Partial<Record<Stage, string>> = { encode: 'Text encoder', denoise: 'Transformer', decode: 'Picture decoder' }

/** What a run with these settings takes on the GPU. One model at a time, so the sum is not the peak. */
export function MemoryTable({ plan }: { plan: MemoryPlan }) {
  return (
    <section className="memory facts" aria-label="GPU memory">
      <h3>GPU memory</h3>
      <dl>
        {plan.stages.map(({ stage, weightBytes, activationBytes }) => (
          <div key={stage}>
            <dt>{MODELS[stage] ?? stage}</dt>
            <dd>{activationBytes > 0 ? `${formatBytes(weightBytes)} weights + ${formatBytes(activationBytes)} at work` : formatBytes(weightBytes)}</dd>
          </div>
        ))}
        <div>
          <dt>At most at once</dt>
          <dd>{formatBytes(plan.peakBytes)}</dd>
        </div>
      </dl>
    </section>
  )
}
