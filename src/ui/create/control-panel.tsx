import { useId, useRef, useState } from 'react'
import { CONTROL_STRENGTH, CONTROL_TASKS, MOST_REFERENCES, type ControlTask } from '../../protocol/control'
import { ChoiceField } from '../choice-field'
import { useStore } from '../hooks'
import type { ControlStore } from '../studio/control-store'
import { useWords } from '../text/language'
import { MaskDialog } from './mask-dialog'

interface FileRowProps {
  label: string
  choose: string
  remove: string
  accept: string
  file: File | undefined
  onChange(file: File | undefined): void
}

function FileRow({ label, choose, remove, accept, file, onChange }: FileRowProps) {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <div className="file-row">
      <span>{label}</span>
      {file === undefined ? (
        <button type="button" className="quiet-link" onClick={() => picker.current?.click()}>
          {choose}
        </button>
      ) : (
        <span className="file-name">
          {file.name}
          <button
            type="button"
            className="reset"
            aria-label={remove}
            title={remove}
            onClick={() => onChange(undefined)}
          >
            ×
          </button>
        </span>
      )}
      <input
        ref={picker}
        type="file"
        accept={accept}
        hidden
        aria-label={choose}
        onChange={(event) => {
          onChange(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </div>
  )
}

/** What the clip follows or changes: a video, a mask on it, reference pictures, and how strongly. */
export function ControlPanel({ control }: { control: ControlStore }) {
  const { control: text } = useWords()
  const { video, mask, strokes, references, strength } = useStore(control)
  const [isPainting, setPainting] = useState(false)
  const id = useId()
  const task = control.task()
  const takesMask = task === 'inpaint' || task === 'follow'

  return (
    <details className="panel control-panel">
      <summary>
        {text.label}
        <span className="hint">{video || references.length > 0 ? text.inUse : ''}</span>
      </summary>
      <p className="about">{text.about}</p>
      <FileRow
        label={text.video}
        choose={text.chooseVideo}
        remove={text.removeVideo}
        accept="video/*,image/*"
        file={video}
        onChange={control.setVideo}
      />
      {video && (
        <ChoiceField
          label={text.task}
          value={task}
          names={text.tasks}
          about={text.taskAbout[task]}
          onChange={(value) => {
            const chosen: ControlTask | undefined = CONTROL_TASKS.find((each) => each === value)
            control.set({ task: chosen })
          }}
        />
      )}
      {video && takesMask && (
        <>
          <FileRow
            label={text.mask}
            choose={text.chooseMask}
            remove={text.removeMask}
            accept="video/*,image/*"
            file={mask}
            onChange={(next) => control.set({ mask: next, strokes: [], keys: [] })}
          />
          <button type="button" className="quiet-link" onClick={() => setPainting(true)}>
            {strokes.length > 0 ? text.paintMore : text.paint}
          </button>
        </>
      )}
      {references.map((file, i) => (
        <FileRow
          key={`${file.name} ${i}`}
          label={text.reference(i + 1)}
          choose={text.addReference}
          remove={text.removeReference(i + 1)}
          accept="image/*"
          file={file}
          onChange={() => control.set({ references: references.filter((_, at) => at !== i) })}
        />
      ))}
      {references.length < MOST_REFERENCES && (
        <FileRow
          label={text.references}
          choose={text.addReference}
          remove={text.addReference}
          accept="image/*"
          file={undefined}
          onChange={(file) => file && control.set({ references: [...references, file] })}
        />
      )}
      <div className="field">
        <label htmlFor={id}>{text.strength(strength)}</label>
        <input
          id={id}
          type="range"
          min={CONTROL_STRENGTH.min}
          max={CONTROL_STRENGTH.max}
          step={0.05}
          value={strength}
          onChange={(event) => control.set({ strength: Number(event.target.value) })}
        />
      </div>
      {isPainting && video && (
        <MaskDialog control={control} video={video} onClose={() => setPainting(false)} />
      )}
    </details>
  )
}
