import { WEIGHT_CHOICES, type EngineChoices, type WeightChoice } from '../../protocol/model-source'
import { useWords } from '../text/language'

const BUDGETS = [1e9, 2e9, 3e9, 4e9, 6e9, 8e9, 12e9, 16e9, 24e9]

export interface WeightsChoiceProps {
  choices: EngineChoices
  onChange(choices: EngineChoices): void
}

/** How exact the model is, and how much room it may take on the GPU. */
export function WeightsChoice({ choices, onChange }: WeightsChoiceProps) {
  const { models, bytes: formatBytes } = useWords()
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
        <legend>{models.precision}</legend>
        {WEIGHT_CHOICES.map((value) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="weights"
              value={value}
              checked={weightFormat === value}
              onChange={() => change(value, memoryBytes)}
            />
            <span>{models.formats[value]}</span>
            <span className="hint">{models.formatCosts[value]}</span>
          </label>
        ))}
        <label className="choice">
          <input
            type="checkbox"
            checked={activations === 'int8'}
            onChange={(event) => change(weightFormat, memoryBytes, event.target.checked ? 'int8' : 'float')}
          />
          <span>{models.int8}</span>
          <span className="hint">{models.int8Cost}</span>
        </label>
      </fieldset>
      <div className="field">
        <div className="field-head">
          <label htmlFor="memory">{models.limit}</label>
        </div>
        <select
          id="memory"
          value={memoryBytes ?? ''}
          onChange={(event) =>
            change(weightFormat, event.target.value === '' ? undefined : Number(event.target.value))
          }
        >
          <option value="">{models.automatic}</option>
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
