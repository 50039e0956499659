import type { ClipFacts, ClipRecord } from '../../protocol/gallery'
import { strengthText } from '../../protocol/lora'
import { filmSize } from '../../protocol/settings'
import { settingText } from '../studio/setting-text'
import { useWords } from '../text/language'

/** How a clip was made. */
export function Facts({ facts, record }: { facts: ClipFacts; record: ClipRecord | undefined }) {
  const words = useWords()
  const text = words.clip.facts
  const film = filmSize(facts)
  return (
    <dl>
      {facts.stages.map(({ stage, seconds }) => (
        <div key={stage}>
          <dt>{words.stages[stage]}</dt>
          <dd>{words.duration(seconds)}</dd>
        </div>
      ))}
      <div>
        <dt>{text.gpuMemory}</dt>
        <dd>{text.ofPlanned(words.bytes(facts.peakGpuBytes), words.bytes(facts.plannedGpuBytes))}</dd>
      </div>
      <div>
        <dt>{text.picture}</dt>
        <dd>{text.pictureIs(film.width, film.height, facts.numFrames, facts.fps)}</dd>
      </div>
      <div>
        <dt>{text.sampler}</dt>
        <dd>
          {text.samplerIs(
            settingText(facts, 'sampler', words),
            facts.numInferenceSteps,
            facts.guidanceScale,
            facts.shift,
            facts.stepsRun,
          )}
        </dd>
      </div>
      <div>
        <dt>{text.file}</dt>
        <dd>{[facts.codec, ...(record === undefined ? [] : [words.bytes(record.bytes)])].join(', ')}</dd>
      </div>
      {record?.end && (
        <div>
          <dt>{text.end}</dt>
          <dd>{text.endIs(words.bytes(record.end.bytes))}</dd>
        </div>
      )}
      <div>
        <dt>{text.model}</dt>
        <dd>
          {facts.model} {facts.modelVersion}
        </dd>
      </div>
      {facts.loras?.map(({ file, strength, applied, of }) => (
        <div key={file}>
          <dt>{words.loras.one}</dt>
          <dd>
            {file}, {strengthText(strength)}: {words.loras.applied(applied, of)}
          </dd>
        </div>
      ))}
      <div>
        <dt>{text.gpu}</dt>
        <dd>{facts.adapter}</dd>
      </div>
    </dl>
  )
}
