// A model in several files, with Hugging Face's index.json that assigns tensors to files.
import type { ByteSource } from '../sources/byte-source'
import { WeightsError } from '../error'
import { viewFiles, type ViewedTensor } from '../file-view'
import { parseBoundedJson, showValue, type Fail, type JsonLimits } from './bounded-json'
import { showName, type WeightFile } from '../weight-file'

/** A line for each tensor, of which Wan has 1,300 at most. */
const INDEX: JsonLimits = { bytes: 16 << 20, depth: 3, containers: 1000, values: 200_000 }
const MAX_SHARDS = 1000

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A name of a file beside, or `undefined`. Some indices write it as a path from here. */
function besideName(path: unknown): string | undefined {
  const name = typeof path === 'string' && path.length <= 256 ? path.replace(/^(\.\/)+/, '') : ''
  return /^\w[\w.-]*$/.test(name) ? name : undefined
}

/** Reads the file of each tensor from the text of an index. */
function parseIndex(bytes: Uint8Array, fail: Fail): ReadonlyMap<string, string> {
  const index = parseBoundedJson(bytes, INDEX, 'it', fail)
  const map = isRecord(index) ? index['weight_map'] : undefined
  if (!isRecord(map)) return fail('it has no object "weight_map"')
  return new Map(
    Object.entries(map).map(([tensor, path]) => [
      tensor,
      besideName(path) ??
        fail(`tensor ${showName(tensor)} is in ${showValue(path)}, and must be in a file beside the index`),
    ]),
  )
}

function failFor(source: ByteSource): Fail {
  return (problem) => {
    throw new WeightsError(source.name, `${source.name} is not a sound index of weights: ${problem}.`)
  }
}

async function readIndex(source: ByteSource, fail: Fail): Promise<ReadonlyMap<string, string>> {
  if (source.size > INDEX.bytes) fail(`it has ${source.size} bytes; the most allowed is ${INDEX.bytes}`)
  return parseIndex(await source.read(0, source.size), fail)
}

/** The files that the index `source` names. @throws WeightsError where it is not sound */
export async function shardsOf(source: ByteSource): Promise<string[]> {
  return [...new Set((await readIndex(source, failFor(source))).values())]
}

/**
 * Opens every file that the index `source` names, and joins their tensors. Tensors that the index does not name are
 * left out.
 * @param openShard opens the file of this name beside the index
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
        `it puts tensor ${showName(tensor)} into ${path}, which does not have it; the files are of different models or versions`,
      )
    tensors.set(tensor, { file, tensor })
  }
  return viewFiles(source.name, [...shards.values()][0]?.metadata ?? {}, tensors)
}
