import { ZoetropeError } from './errors'
import { ACTIVATION_CHOICES, WEIGHT_CHOICES, type EngineChoices } from './model-source'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
}
const LEAST = 64e6
const MOST = 2 ** 40

function memoryBytes(text: string): number {
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmg]i?b)?\s*$/i.exec(text) ?? []
  const bytes = Number(number) * (UNITS[unit.toUpperCase()] ?? NaN)
  if (bytes >= LEAST && bytes <= MOST) return Math.round(bytes)
  throw new ZoetropeError(
    'invalid-settings',
    `Memory must be from 64MB to 1024GiB, as in 4GB; "${text}" is not.`,
  )
}

function oneOf<T extends string>(what: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text)
  if (found !== undefined) return found
  throw new ZoetropeError(
    'invalid-settings',
    `${what} must be one of ${choices.join(', ')}; "${text}" is none of them.`,
  )
}

/** Engine choices as text, from the command line or from a page's address. */
export interface ChoiceTexts {
  weights?: string | undefined
  memory?: string | undefined
  activations?: string | undefined
}

export const CHOICE_NAMES = [
  'weights',
  'memory',
  'activations',
] as const satisfies readonly (keyof ChoiceTexts)[]

/**
 * Reads choices from the command line or an address; leaves absent ones absent. @throws ZoetropeError
 * `invalid-settings`
 */
export function readChoices({ weights, memory, activations }: ChoiceTexts): EngineChoices {
  return {
    ...(weights !== undefined && { weightFormat: oneOf('Weights', weights, WEIGHT_CHOICES) }),
    ...(memory !== undefined && { memoryBytes: memoryBytes(memory) }),
    ...(activations !== undefined && { activations: oneOf('Activations', activations, ACTIVATION_CHOICES) }),
  }
}
