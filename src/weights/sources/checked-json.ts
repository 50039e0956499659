// Reads JSON from outside: checks each value where it is read, and names its place in errors.
import { WeightsError } from '../error'

/** The beginning of a value's JSON. */
function shortJson(value: unknown): string {
  let text = 'a value'
  try {
    text = JSON.stringify(value)
  } catch {
    // Lists in each other by the thousand.
  }
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/**
 * A value of a parsed JSON document, and the path to it. Every method throws `WeightsError` where the value does not
 * fit.
 */
export class CheckedJson {
  constructor(
    private readonly value: unknown,
    private readonly source: string,
    private readonly path = '',
  ) {}

  /** The error for this place: "manifest.json: config.dit.dim is 0 and must be …". */
  error(needed: string): WeightsError {
    const shown = this.value === undefined ? 'missing' : shortJson(this.value)
    return new WeightsError(
      this.source,
      `${this.source}: ${this.path || 'the document'} is ${shown} and must be ${needed}.`,
    )
  }

  get(key: string): CheckedJson {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.error('an object')
    const field: unknown = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
    return new CheckedJson(field, this.source, this.path ? `${this.path}.${key}` : key)
  }

  /** `undefined` where the object has no such key. */
  optional(key: string): CheckedJson | undefined {
    const field = this.get(key)
    return field.value === undefined ? undefined : field
  }

  has(key: string): boolean {
    return typeof this.value === 'object' && this.value !== null && Object.hasOwn(this.value, key)
  }

  isList(): boolean {
    return Array.isArray(this.value)
  }

  /** The elements of an array; of exactly `length`, where that is given. */
  items(length?: number): CheckedJson[] {
    const { value } = this
    if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
      throw this.error(length === undefined ? 'a list' : `a list of ${length}`)
    }
    return value.map((item, i) => new CheckedJson(item, this.source, `${this.path}[${i}]`))
  }

  text(pattern: RegExp = /\S/, needed = 'a text'): string {
    if (typeof this.value !== 'string' || !pattern.test(this.value)) throw this.error(needed)
    return this.value
  }

  integer(min: number, max: number): number {
    const { value } = this
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw this.error(`a whole number from ${min} to ${max}`)
    }
    return value as number
  }

  number(min: number, max: number): number {
    const { value } = this
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw this.error(`a number from ${min} to ${max}`)
    return value
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.error('true or false')
    return this.value
  }

  oneOf<const T extends string | number>(options: readonly T[]): T {
    const option = options.find((candidate) => candidate === this.value)
    if (option === undefined)
      throw this.error(options.map((candidate) => JSON.stringify(candidate)).join(' or '))
    return option
  }

  /** Each of `keys` as a whole number from 1 to 65536: the dimensions of a network. */
  dims<const K extends string>(keys: readonly K[]): Readonly<Record<K, number>> {
    return Object.fromEntries(keys.map((key) => [key, this.get(key).integer(1, 65536)])) as Record<K, number>
  }

  /** Throws unless this number is a multiple of `divisor`; `why` ends the sentence. */
  multipleOf(divisor: number, why: string): void {
    if (typeof this.value !== 'number' || this.value % divisor !== 0)
      throw this.error(`a multiple of ${divisor}, ${why}`)
  }

  /** A list of three. */
  triple(read: (item: CheckedJson) => number): [number, number, number] {
    const [a, b, c] = this.items(3)
    return [read(a!), read(b!), read(c!)]
  }
}
