import type { MemoryPlan } from '../../protocol/progress'
import { useWords } from '../text/language'

/**
 * What a run with these settings takes on the GPU, and how its weights lie there. One model at a time, so the sum is
 * not the peak.
 */
export function MemoryTable({ plan }: { plan: MemoryPlan }) {
  const { bytes, memory, stages: stageWords } = useWords()
  const { stages, peakBytes, budgetBytes, weightFormat, streamed } = plan
  const models: Readonly<Record<string, string>> = {
    encode: memory.encode,
    denoise: memory.denoise,
    decode: memory.decode,
  }
  const format = memory.formats[weightFormat]
  return (
    <section className="memory facts" aria-label={memory.title}>
      <h3>{memory.title}</h3>
      <dl>
        {stages.map(({ stage, weightBytes, activationBytes }) => (
          <div key={stage}>
            <dt>{models[stage] ?? stageWords[stage]}</dt>
            <dd>
              {activationBytes > 0
                ? memory.atWork(bytes(weightBytes), bytes(activationBytes))
                : bytes(weightBytes)}
            </dd>
          </div>
        ))}
        <div>
          <dt>{memory.format}</dt>
          <dd>{streamed ? memory.streamed(format) : format}</dd>
        </div>
        <div>
          <dt>{memory.peak}</dt>
          <dd>{memory.of(bytes(peakBytes), bytes(budgetBytes))}</dd>
        </div>
      </dl>
    </section>
  )
}
