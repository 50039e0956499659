import type { MemoryPlan, Stage } from '../protocol/progress'
import { formatBytes } from './words'

const MODELS: Partial<Record<Stage, string>> = {
  encode: 'Text encoder',
  denoise: 'Transformer',
  decode: 'Picture decoder',
}

const FORMATS: Record<MemoryPlan['weightFormat'], string> = {
  f16: '16 bits a weight',
  q8: '8 bits a weight',
  q4: '4 bits a weight',
}

/** What a run with these settings takes on the GPU, and how its weights lie there. One model at a time, so the sum is not the peak. */
export function MemoryTable({ plan }: { plan: MemoryPlan }) {
  const { stages, peakBytes, budgetBytes, weightFormat, streamed } = plan
  return (
    <section className="memory facts" aria-label="GPU memory">
      <h3>GPU memory</h3>
      <dl>
        {stages.map(({ stage, weightBytes, activationBytes }) => (
          <div key={stage}>
            <dt>{MODELS[stage] ?? stage}</dt>
            <dd>
              {activationBytes > 0
                ? `${formatBytes(weightBytes)} weights + ${formatBytes(activationBytes)} at work`
                : formatBytes(weightBytes)}
            </dd>
          </div>
        ))}
        <div>
          <dt>Transformer in</dt>
          <dd>{streamed ? `${FORMATS[weightFormat]}, two blocks at a time` : FORMATS[weightFormat]}</dd>
        </div>
        <div>
          <dt>At most at once</dt>
          <dd>
            {formatBytes(peakBytes)} of {formatBytes(budgetBytes)}
          </dd>
        </div>
      </dl>
    </section>
  )
}
