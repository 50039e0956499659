// LoRAs of a clip: files that change the transformer, each with a strength.
import { ZoetropeError } from './errors'
import type { NamedFile } from './model-source'
import { readNumberText } from './read-number'

/** Strengths beyond this make noise of any model. */
export const STRONGEST = 2
export const MOST_LORAS = 16
const MOST_STEPS = 200

/** One for all steps; or one for each, of which the last holds for all later ones. */
export type LoraStrength = number | readonly number[]

export interface LoraInput {
  readonly file: NamedFile
  /** 1 unless given. */
  readonly strength?: LoraStrength
}

/** A LoRA in a recipe. */
export interface LoraRecord {
  /** Name of the file. */
  file: string
  strength: LoraStrength
  /** Of the file's contents. */
  fingerprint?: string
}

/** What a LoRA did. */
export interface LoraReport extends LoraRecord {
  fingerprint: string
  /** Layers that it changed, of those in the file. */
  applied: number
  of: number
  /** Tensors of the file that change nothing in the model; the last item counts further ones. */
  leftOut: string[]
}

/** @throws ZoetropeError `invalid-settings` where it is no strength */
export function checkStrengths(file: string, strength: unknown): LoraStrength {
  const isFit = (value: unknown): value is number =>
    typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= STRONGEST
  const list: readonly unknown[] = Array.isArray(strength) ? strength : [strength]
  const wrong = list.find((value) => !isFit(value))
  if (wrong !== undefined)
    throw new ZoetropeError(
      'invalid-settings',
      `The strength of ${file} is ${String(wrong)} and must be a number from −${STRONGEST} to ${STRONGEST}.`,
    )
  const numbers = list.filter(isFit)
  const [first] = numbers
  if (first === undefined || numbers.length > MOST_STEPS)
    throw new ZoetropeError(
      'invalid-settings',
      `${file} has ${numbers.length} strengths; one to ${MOST_STEPS} can be given, one for each step.`,
    )
  return numbers.length === 1 ? first : numbers
}

/** The strength in a step, counted from 0. */
export function strengthAt(strength: LoraStrength, step: number): number {
  return typeof strength === 'number' ? strength : (strength[Math.min(step, strength.length - 1)] ?? 0)
}

/** "0.8", or "1, 1, 0" with one for each step. */
export function strengthText(strength: LoraStrength): string {
  return typeof strength === 'number' ? String(strength) : strength.join(', ')
}

/** Reads "0.8" or "1,1,0". @throws ZoetropeError `invalid-settings` */
export function readStrengthText(file: string, text: string): LoraStrength {
  const numbers = text.split(',').map((part) => readNumberText(part.trim()))
  return checkStrengths(file, numbers.length === 1 ? numbers[0] : numbers)
}

/** The LoRAs in a recipe from outside; undefined where the value is none. */
export function parseLoraRecords(value: unknown): LoraRecord[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_LORAS) return undefined
  const records: LoraRecord[] = []
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'object' || item === null) return undefined
    const { file, strength, fingerprint } = item as Readonly<Record<string, unknown>>
    if (typeof file !== 'string' || file === '' || file.length > 300) return undefined
    try {
      records.push({
        file,
        strength: checkStrengths(file, strength),
        ...(typeof fingerprint === 'string' && /^[0-9a-f]{64}$/.test(fingerprint) && { fingerprint }),
      })
    } catch {
      return undefined
    }
  }
  return records
}
