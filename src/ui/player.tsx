import type { Clip } from './session'
import { formatBytes, formatSeconds, STAGE_WORDS } from './words'

export function Picture({ clip }: { clip: Clip }) {
  // Muted, or browsers would not start it by themselves; it has no sound anyway.
  return (
    <video
      key={clip.url}
      className="picture"
      src={clip.url}
      aria-label={`Video: ${clip.result.prompt}`}
      autoPlay
      loop
      muted
      playsInline
      controls
    />
  )
}

/** What the clip is, and the way to keep it. */
export function Caption({ clip }: { clip: Clip }) {
  const { result } = clip
  return (
    <section className="caption" aria-label="Result">
      <div className="caption-head">
        <p className="caption-prompt" dir="auto">
          {result.prompt}
        </p>
        <a className="primary" href={clip.url} download={clip.fileName}>
          Download
        </a>
      </div>
      {result.notes.map((note) => (
        <p key={note} className="line">
          {note}
        </p>
      ))}
      <details className="facts">
        <summary>
          Made in {formatSeconds(result.seconds)} · seed {result.seed}
        </summary>
        <dl>
          {result.stages.map(({ stage, seconds }) => (
            <div key={stage}>
              <dt>{STAGE_WORDS[stage]}</dt>
              <dd>{formatSeconds(seconds)}</dd>
            </div>
          ))}
          <div>
            <dt>GPU memory, at most</dt>
            <dd>
              {formatBytes(result.peakGpuBytes)} of {formatBytes(result.plannedGpuBytes)} planned
            </dd>
          </div>
          <div>
            <dt>Picture</dt>
            <dd>
              {result.width} × {result.height}, {result.numFrames} frames at {result.fps} a second
            </dd>
          </div>
          <div>
            <dt>Sampler</dt>
            <dd>
              {result.sampler}, {result.numInferenceSteps} steps, guidance {result.guidanceScale}, shift{' '}
              {result.shift}
            </dd>
          </div>
          <div>
            <dt>File</dt>
            <dd>
              {result.codec}, {formatBytes(result.mp4.byteLength)}
            </dd>
          </div>
          <div>
            <dt>GPU</dt>
            <dd>{result.adapter}</dd>
          </div>
        </dl>
      </details>
    </section>
  )
}
