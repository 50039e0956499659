// A model in several files, with an index.json that says which tensor is in which, as Hugging Face writes it.
import type { ByteSource } from '../sources/byte-source'
import { WeightsError } from '../error'
import { viewFiles, type ViewedTensor } from '../file-view'
import { duplicateKey } from './json-keys'
import type { WeightFile } from '../weight-file'

const MAX_INDEX = 64 << 20
const MAX_SHARDS = 1000

type Fail = (problem: string) => never

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Tensor → file, from the text of an index. */
function parseIndex(text: string, fail: Fail): ReadonlyMap<string, string> {
  let index: unknown
  try {
    index = JSON.parse(text)
  } catch (error) {
    fail(`it is not JSON (${error instanceof Error ? error.message : String(error)})`)
  }
  const twice = duplicateKey(text)
  if (twice !== undefined) fail(`it has the key ${JSON.stringify(twice)} twice`)
  const map = isRecord(index) ? index['weight_map'] : undefined
  if (!isRecord(map)) return fail('it has no object "weight_map"')
  return new Map(
    Object.entries(map).map(([tensor, path]) => {
      if (typeof path === 'string' && /^\w[\w.-]*$/.test(path)) return [tensor, path]
      return fail(`tensor ${tensor} is in ${JSON.stringify(path)}, and must be in a file beside the index`)
    }),
  )
}

function failFor(source: ByteSource): Fail {
  return (problem) => {
    throw new WeightsError(source.name, `${source.name} is not a sound index of weights: ${problem}.`)
  }
}

async function readIndex(source: ByteSource, fail: Fail): Promise<ReadonlyMap<string, string>> {
  if (source.size > MAX_INDEX) fail(`it has ${source.size} bytes; the most allowed is ${MAX_INDEX}`)
  return parseIndex(new TextDecoder().decode(await source.read(0, source.size)), fail)
}

/** The files that the index `source` names. @throws WeightsError where it is not sound */
export async function shardsOf(source: ByteSource): Promise<string[]> {
  return [...new Set((await readIndex(source, failFor(source))).values())]
}

/**
 * Opens every file that the index `source` names, and joins their tensors. Tensors that the index does not name are left out.
 * @param openShard opens the file of this name, which stands beside the index
 * @throws WeightsError where the index is not sound, or a file lacks a tensor that the index puts into it
 */
export async function openSharded(
  source: ByteSource,
  openShard: (path: string) => Promise<WeightFile>,
): Promise<WeightFile> {
  const fail = failFor(source)
  const places = await readIndex(source, fail)
  const paths = [...new Set(places.values())]
  if (paths.length > MAX_SHARDS) fail(`it names ${paths.length} files; the most allowed is ${MAX_SHARDS}`)
  const shards = new Map(await Promise.all(paths.map(async (path) => [path, await openShard(path)] as const)))
  const tensors = new Map<string, ViewedTensor>()
  for (const [tensor, path] of places) {
    const file = shards.get(path)
    if (!file?.tensors.has(tensor))
      return fail(
        `it puts tensor ${tensor} into ${path}, which does not have it; the files are of different models or versions`,
      )
    tensors.set(tensor, { file, tensor })
  }
  return viewFiles(source.name, [...shards.values()][0]?.metadata ?? {}, tensors)
}
