import { useId, type ReactNode } from 'react'

export interface FieldProps {
  label: string
  value: string
  onChange(value: string): void
  /** Below the input: a rule, a note, an error. */
  line?: { text: string; isError: boolean } | undefined
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
        aria-describedby={line === undefined ? undefined : `${id}-line`}
        onChange={(event) => onChange(event.target.value)}
      />
      {line !== undefined && (
        <p className={line.isError ? 'line error' : 'line'} id={`${id}-line`}>
          {line.text}
        </p>
      )}
    </div>
  )
}
