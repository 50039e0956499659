import type { EngineChoices, WeightChoice } from '../../protocol/model-source'
import { formatBytes } from '../words'

/** What each format costs, in a line. */
const FORMATS: readonly { value: WeightChoice; label: string; cost: string }[] = [
  { value: 'auto', label: 'Automatic', cost: 'The best that fits into the memory below.' },
  { value: 'f16', label: 'Full (f16)', cost: 'As the model was published. Takes the most memory.' },
  { value: 'q8', label: 'Half (q8)', cost: 'Half the memory, and hardly a difference to be seen.' },
  { value: 'q4', label: 'Quarter (q4)', cost: 'A quarter of the memory. Details and motion may suffer.' },
]

const BUDGETS = [1e9, 2e9, 3e9, 4e9, 6e9, 8e9, 12e9, 16e9, 24e9]

export interface WeightsChoiceProps {
  choices: EngineChoices
  onChange(choices: EngineChoices): void
}

/** How exact the model is, and how much room it may take on the GPU. */
export function WeightsChoice({ choices, onChange }: WeightsChoiceProps) {
  const { weightFormat = 'auto', activations = 'float', memoryBytes } = choices
  const budgets =
    memoryBytes === undefined || BUDGETS.includes(memoryBytes)
      ? BUDGETS
      : [...BUDGETS, memoryBytes].sort((a, b) => a - b)
  const change = (format: WeightChoice, memory: number | undefined, products = activations): void =>
    onChange({
      weightFormat: format,
      ...(memory !== undefined && { memoryBytes: memory }),
      ...(products !== 'float' && { activations: products }),
    })
  return (
    <div className="sheet-section">
      <fieldset className="choices">
        <legend>Precision</legend>
        {FORMATS.map(({ value, label, cost }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="weights"
              value={value}
              checked={weightFormat === value}
              onChange={() => change(value, memoryBytes)}
            />
            <span>{label}</span>
            <span className="hint">{cost}</span>
          </label>
        ))}
        <label className="choice">
          <input
            type="checkbox"
            checked={activations === 'int8'}
            onChange={(event) => change(weightFormat, memoryBytes, event.target.checked ? 'int8' : 'float')}
          />
          <span>Multiply in 8 bits</span>
          <span className="hint">With q8 and q4: quicker on many GPUs, and a little less exact.</span>
        </label>
      </fieldset>
      <div className="field">
        <div className="field-head">
          <label htmlFor="memory">GPU memory to use at most</label>
        </div>
        <select
          id="memory"
          value={memoryBytes ?? ''}
          onChange={(event) =>
            change(weightFormat, event.target.value === '' ? undefined : Number(event.target.value))
          }
        >
          <option value="">Automatic</option>
          {budgets.map((bytes) => (
            <option key={bytes} value={bytes}>
              {formatBytes(bytes)}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}
