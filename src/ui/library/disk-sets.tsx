import { useWords } from '../text/language'
import type { DiskSet } from './disk-memory'

export interface DiskSetsProps {
  sets: readonly DiskSet[]
  inUse: string | undefined
  error: string | undefined
  onPick(): void
  onUse(key: string): void
  onForget(key: string): void
}

export function DiskSets({ sets, inUse, error, onPick, onUse, onForget }: DiskSetsProps) {
  const { models, bytes: formatBytes } = useWords()
  return (
    <section className="sheet-section" aria-labelledby="from-disk">
      <h3 id="from-disk">{models.fromDisk}</h3>
      <p className="sheet-text">{models.fromDiskText}</p>
      {sets.length > 0 && (
        <ul className="models">
          {sets.map(({ key, title, bytes }) => (
            <li key={key} className="model" data-used={inUse === key}>
              <div className="model-text">
                <h4 id={`disk-${key}`}>{title}</h4>
                <p className="hint">{models.onDisk(formatBytes(bytes))}</p>
              </div>
              <div className="model-actions">
                {inUse === key ? (
                  <span className="badge">{models.inUse}</span>
                ) : (
                  <button
                    type="button"
                    className="primary"
                    aria-describedby={`disk-${key}`}
                    onClick={() => onUse(key)}
                  >
                    {models.use}
                  </button>
                )}
                <button
                  type="button"
                  className="primary quiet"
                  aria-describedby={`disk-${key}`}
                  onClick={() => onForget(key)}
                >
                  {models.forget}
                </button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {error !== undefined && (
        <p className="line error" role="alert">
          {error}
        </p>
      )}
      <div>
        <button type="button" className="primary quiet" onClick={onPick}>
          {models.choose}
        </button>{' '}
        <span className="hint by-hand">{models.orDrop}</span>
      </div>
    </section>
  )
}
