import { useId } from 'react'
import { describedBy, FieldLine, ResetButton } from './field'

export interface ChoiceFieldProps<Value extends string> {
  label: string
  value: string
  /** What each value is called, in order. */
  names: Readonly<Record<Value, string>>
  onChange(value: string): void
  /** Below: what became of the choice. */
  line?: { text: string; isError: boolean } | undefined
  /** What the setting is. */
  about?: string | undefined
  reset?: { label: string; act(): void } | undefined
}

/** One of a few. */
export function ChoiceField<Value extends string>({
  label,
  value,
  names,
  onChange,
  line,
  about = '',
  reset,
}: ChoiceFieldProps<Value>) {
  const id = useId()
  return (
    <div className="field wide">
      <div className="field-head">
        <label htmlFor={id}>{label}</label>
        <ResetButton reset={reset} />
      </div>
      <select
        id={id}
        value={value}
        aria-describedby={describedBy(id, about, line)}
        onChange={(event) => onChange(event.target.value)}
      >
        {Object.entries<string>(names).map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
      <FieldLine {...{ id, about, line }} />
    </div>
  )
}
