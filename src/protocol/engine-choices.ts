import { ZoetropeError } from './errors'
import { WEIGHT_CHOICES, type EngineChoices } from './model-source'

const UNITS: Readonly<Record<string, number>> = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 }
const LEAST = 64e6
const MOST = 2 ** 40

function memoryBytes(text: string): number {
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmg]i?b)?\s*$/i.exec(text) ?? []
  const bytes = Number(number) * (UNITS[unit.toUpperCase()] ?? NaN)
  if (bytes >= LEAST && bytes <= MOST) return Math.round(bytes)
  throw new ZoetropeError('invalid-settings', `Memory must be from 64MB to 1024GiB, as in 4GB; "${text}" is not.`)
}

/** From the command line or an address; what is absent stays so. @throws ZoetropeError `invalid-settings` */
export function readChoices({ weights, memory }: { weights?: string | undefined; memory?: string | undefined }): EngineChoices {
  const weightFormat = WEIGHT_CHOICES.find((choice) => choice === weights)
  if (weights !== undefined && weightFormat === undefined) {
    throw new ZoetropeError('invalid-settings', `Weights must be one of ${WEIGHT_CHOICES.join(', ')}; "${weights}" is none of them.`)
  }
  return { ...(weightFormat && { weightFormat }), ...(memory !== undefined && { memoryBytes: memoryBytes(memory) }) }
}
