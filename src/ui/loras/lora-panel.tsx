import { useEffect, useRef, type ChangeEvent } from 'react'
import { strengthAt, strengthText, type LoraReport } from '../../protocol/lora'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { BundledLoras } from './bundled-loras'
import type { ShelvedLora } from './lora-library'

interface LoraRowProps {
  studio: Studio
  lora: ShelvedLora
  /** What it changes in the open model; undefined until that is known. */
  report: LoraReport | undefined
}

/** One LoRA: on or off, its strength, the words that call it, and what it did. */
function LoraRow({ studio, lora, report }: LoraRowProps) {
  const { loras: text, bytes } = useWords()
  const { loras: library, form } = studio
  const { id, name, strength, isOn, triggers } = lora
  const addWord = (word: string): void => {
    const { prompt } = form.get()
    form.change({ prompt: prompt.trim() === '' ? word : `${prompt.trimEnd()}, ${word}` })
  }
  return (
    <li className="lora" data-on={isOn}>
      <div className="lora-head">
        <label className="switch">
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => library.change(id, { isOn: event.target.checked })}
          />
          <span dir="auto">{name}</span>
        </label>
        <span className="hint">{bytes(lora.bytes)}</span>
        <button
          type="button"
          className="reset"
          aria-label={text.remove(name)}
          title={text.remove(name)}
          onClick={() => void library.remove(id)}
        >
          ×
        </button>
      </div>
      {isOn && (
        <div className="lora-strength">
          <input
            type="range"
            min={-2}
            max={2}
            step={0.05}
            value={strengthAt(strength, 0)}
            aria-label={text.strength(name)}
            aria-valuetext={strengthText(strength)}
            onChange={(event) => library.change(id, { strength: Number(event.target.value) })}
          />
          <output>{strengthText(strength)}</output>
        </div>
      )}
      {isOn && triggers.length > 0 && (
        <p className="lora-words">
          <span className="hint">{text.triggers}</span>
          {triggers.map((word) => (
            <button
              key={word}
              type="button"
              className="chip"
              aria-label={text.addWord(word)}
              onClick={() => addWord(word)}
            >
              {word}
            </button>
          ))}
        </p>
      )}
      {isOn && report !== undefined && (
        <>
          <p className="line">{text.applied(report.applied, report.of)}</p>
          {report.leftOut.length > 0 && (
            <details className="lora-left">
              <summary>{text.leftOut}</summary>
              <ul>
                {report.leftOut.map((tensor) => (
                  <li key={tensor}>{tensor}</li>
                ))}
              </ul>
            </details>
          )}
        </>
      )}
    </li>
  )
}

/** The library of LoRAs, below the model that they change. */
export function LoraPanel({ studio }: { studio: Studio }) {
  const { loras: text } = useWords()
  const { loras: library, session } = studio
  const { loras, missing, isAdding, error } = useStore(library)
  const { loras: reports, planProblem } = useStore(session)
  const picker = useRef<HTMLInputElement>(null)
  const panel = useRef<HTMLDetailsElement>(null)
  const known = useRef(loras.length)
  // What came, and what is missing, is to be seen.
  useEffect(() => {
    if (panel.current && (missing.length > 0 || loras.length > known.current)) panel.current.open = true
    known.current = loras.length
  }, [loras.length, missing.length])
  const used = loras.filter(({ isOn }) => isOn)
  const problem = used.length > 0 && planProblem?.code !== 'limit' ? planProblem?.message : undefined
  const take = (event: ChangeEvent<HTMLInputElement>): void => {
    const files = Array.from(event.target.files ?? [], (file) => ({ name: file.name, file }))
    event.target.value = ''
    if (files.length > 0) void library.add(files)
  }
  return (
    <details ref={panel} className="panel loras">
      <summary>
        {text.label}
        <span className="hint">{used.length > 0 ? text.inUse(used.length) : text.about}</span>
      </summary>
      {missing.length > 0 && (
        <p className="line" role="status">
          {text.missing(missing.map(({ file }) => file).join(', '))}{' '}
          <button type="button" className="quiet-link" onClick={library.forgetMissing}>
            {text.without}
          </button>
        </p>
      )}
      {loras.length > 0 && (
        <ul className="lora-list">
          {loras.map((lora) => (
            <LoraRow
              key={lora.id}
              studio={studio}
              lora={lora}
              report={reports.find(({ fingerprint }) => fingerprint === lora.id)}
            />
          ))}
        </ul>
      )}
      {[problem, error].map(
        (sentence, i) =>
          sentence !== undefined && (
            <p key={i} className="line error" role="alert" lang="en">
              {sentence}
            </p>
          ),
      )}
      <BundledLoras studio={studio} />
      <p>
        <button
          type="button"
          className="primary quiet"
          disabled={isAdding}
          onClick={() => picker.current?.click()}
        >
          {isAdding ? text.adding : text.add}
        </button>{' '}
        <span className="hint">{text.orDrop}</span>
      </p>
      <input
        ref={picker}
        type="file"
        multiple
        accept=".safetensors,.sft,.pt,.pth,.bin,.ckpt"
        hidden
        aria-label={text.add}
        onChange={take}
      />
    </details>
  )
}
