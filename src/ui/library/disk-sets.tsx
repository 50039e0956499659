import { formatBytes } from '../words'
import type { DiskSet } from './disk-memory'

export interface DiskSetsProps {
  sets: readonly DiskSet[]
  inUse: string | undefined
  trouble: string | undefined
  onPick(): void
  onUse(key: string): void
  onForget(key: string): void
}

export function DiskSets({ sets, inUse, trouble, onPick, onUse, onForget }: DiskSetsProps) {
  return (
    <section className="sheet-section" aria-labelledby="from-disk">
      <h3 id="from-disk">From your disk</h3>
      <p className="sheet-text">
        Files of Wan 2.1 T2V 1.3B that you already have, from ComfyUI or as GGUF: the model, its text encoder
        and its VAE. They are read where they are; nothing is copied.
      </p>
      {sets.length > 0 && (
        <ul className="models">
          {sets.map(({ key, title, bytes }) => (
            <li key={key} className="model" data-used={inUse === key}>
              <div className="model-text">
                <h4 id={`disk-${key}`}>{title}</h4>
                <p className="hint">{formatBytes(bytes)} · on your disk</p>
              </div>
              <div className="model-actions">
                {inUse === key ? (
                  <span className="badge">In use</span>
                ) : (
                  <button
                    type="button"
                    className="primary"
                    aria-describedby={`disk-${key}`}
                    onClick={() => onUse(key)}
                  >
                    Use
                  </button>
                )}
                <button
                  type="button"
                  className="primary quiet"
                  aria-describedby={`disk-${key}`}
                  onClick={() => onForget(key)}
                >
                  Forget
                </button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {trouble !== undefined && (
        <p className="line error" role="alert">
          {trouble}
        </p>
      )}
      <div>
        <button type="button" className="primary quiet" onClick={onPick}>
          Use files from disk…
        </button>{' '}
        <span className="hint by-hand">or drop them anywhere on this page</span>
      </div>
    </section>
  )
}
