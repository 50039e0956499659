import { useId, type ReactNode } from 'react'

export interface FieldProps {
  label: string
  value: string
  onChange(value: string): void
  /** Below the input: a rule, a note, an error. */
  line?: { text: string; isError: boolean } | undefined
  /** What the setting is and how far it goes. */
  about?: string | undefined
  /** Shown where the value differs from the model's own. */
  reset?: { label: string; act(): void } | undefined
  placeholder?: string
  disabled?: boolean
  numeric?: boolean
  /** Beside the label. */
  children?: ReactNode
}

export function Field({
  label,
  value,
  onChange,
  line,
  about = '',
  reset,
  placeholder,
  disabled,
  numeric = true,
  children,
}: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <div className="field-head">
        <label htmlFor={id}>{label}</label>
        {children}
        <ResetButton reset={reset} />
      </div>
      <input
        id={id}
        type="text"
        inputMode={numeric ? 'decimal' : 'text'}
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder={placeholder}
        disabled={disabled}
        aria-invalid={line?.isError === true}
        aria-describedby={describedBy(id, about, line)}
        onChange={(event) => onChange(event.target.value)}
      />
      <FieldLine {...{ id, about, line }} />
    </div>
  )
}

/** Below an input: what became of what was entered, or else what the setting is. */
export function FieldLine({ id, about, line }: { id: string; about: string; line: FieldProps['line'] }) {
  if (line !== undefined)
    return (
      <p className={line.isError ? 'line error' : 'line'} id={`${id}-line`}>
        {line.text}
      </p>
    )
  return about === '' ? null : (
    <p className="about" id={`${id}-about`}>
      {about}
    </p>
  )
}

/** The ids of the lines below an input, for readers of screens. */
export function describedBy(id: string, about: string, line: object | undefined): string | undefined {
  const ids = [
    ...(line === undefined ? [] : [`${id}-line`]),
    ...(about === '' || line !== undefined ? [] : [`${id}-about`]),
  ]
  return ids.length === 0 ? undefined : ids.join(' ')
}

export function ResetButton({ reset }: { reset: { label: string; act(): void } | undefined }) {
  if (reset === undefined) return null
  return (
    <button type="button" className="reset" aria-label={reset.label} title={reset.label} onClick={reset.act}>
      ↺
    </button>
  )
}
