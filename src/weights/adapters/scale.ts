// The factor of a layer's product: alpha over rank, or what PEFT's settings say in the file's metadata.
import { WeightsError } from '../error'
import { elementCount, showName, type TensorEntry, type WeightFile } from '../weight-file'

/** Characters of the metadata, at most. */
const LONGEST = 1 << 20

/** The factor of a layer by its path and rank. */
export type MetadataScale = (path: string, rank: number) => number

function refuse(file: WeightFile, problem: string): never {
  throw new WeightsError(
    file.name,
    `${file.name}: its lora_adapter_metadata ${problem}. Save the LoRA again, or choose another.`,
  )
}

/** Whether a pattern of PEFT, which is the end of a name or a regular expression, is of this path. */
function isOf(file: WeightFile, pattern: string, path: string): boolean {
  if (path === pattern || path.endsWith(`.${pattern}`)) return true
  // A repeated group can take a time that is exponential.
  if (pattern.length > 200 || /\)[*+{?]/.test(pattern))
    refuse(file, `has the pattern ${showName(pattern)}, which is too involved`)
  try {
    return new RegExp(`^(?:.*\\.)?(?:${pattern})$`).test(path)
  } catch {
    return refuse(file, `has the pattern ${showName(pattern)}, which is no regular expression`)
  }
}

/** Reads PEFT's settings that diffusers stores; `undefined` where there are none. @throws WeightsError */
export function metadataScale(file: WeightFile): MetadataScale | undefined {
  const text = file.metadata['lora_adapter_metadata']
  if (text === undefined) return undefined
  if (text.length > LONGEST) refuse(file, `has ${text.length} characters; the most allowed is ${LONGEST}`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    refuse(file, 'is not JSON')
  }
  if (typeof json !== 'object' || json === null) refuse(file, 'is not an object')
  const values = new Map<string, unknown>(Object.entries(json))
  const get = (key: string): unknown => values.get(`transformer.${key}`)
  const number = (key: string, value: unknown): number =>
    typeof value === 'number' && Number.isFinite(value)
      ? value
      : refuse(file, `has ${key} = ${showName(JSON.stringify(value) ?? 'nothing')}, which must be a number`)
  if (get('lora_alpha') === undefined) return undefined
  const alpha = number('lora_alpha', get('lora_alpha'))
  const listed = get('alpha_pattern')
  const patterns =
    typeof listed === 'object' && listed !== null
      ? Object.entries(listed).map(([key, value]) => [key, number('alpha_pattern', value)] as const)
      : []
  const isRoot = get('use_rslora') === true
  return (path, rank) => {
    const own = patterns.find(([pattern]) => isOf(file, pattern, path))?.[1] ?? alpha
    return own / (isRoot ? Math.sqrt(rank) : rank)
  }
}

/** Reads the number that an alpha tensor holds. @throws WeightsError */
export async function readAlpha(file: WeightFile, entry: TensorEntry): Promise<number> {
  const count = elementCount(entry.shape)
  const values = count === 1 ? await file.floats(entry.name) : []
  const alpha = values[0]
  if (alpha !== undefined && Number.isFinite(alpha)) return alpha
  throw new WeightsError(
    file.name,
    `${file.name}: tensor ${showName(entry.name)} must hold one finite number and ${count === 1 ? `holds ${alpha}` : `has ${count} elements`}. The file is damaged: load it again, or choose another.`,
  )
}
