import type { ModelSource } from '../protocol/model-source'
import { bufferSource, fetchSource } from '../weights/byte-source'
import { WeightsError } from '../weights/error'
import { fileOf, parseManifest, type FileRole, type ModelManifest } from '../weights/manifest'
import { openSafetensors } from '../weights/safetensors'
import { verifySha256 } from '../weights/sha256'
import type { WeightFile } from '../weights/weight-file'
import { loadTokenizer, type Tokenizer } from './prompt/tokenizer'

/** Everything of a model but its presence on the GPU. */
export interface ModelFiles {
  readonly manifest: ModelManifest
  readonly tokenizer: Tokenizer
  readonly textEncoder: WeightFile
  readonly dit: WeightFile
  readonly vae: WeightFile
}

/**
 * Fetches and verifies a model folder: the manifest, then every file against its size and SHA-256.
 * @param modelUrl of the folder, ending in a slash
 * @throws WeightsError naming the file
 */
async function fetchModel(modelUrl: string): Promise<ModelFiles> {
  const manifest = parseManifest(await fetchJson(new URL('manifest.json', modelUrl)), 'manifest.json')
  const load = async (role: FileRole): Promise<Uint8Array<ArrayBuffer>> => {
    const file = fileOf(manifest, role)
    const source = await fetchSource(file.path, new URL(file.path, modelUrl).href, file.bytes)
    const bytes = await source.read(0, source.size)
    await verifySha256(bytes, file.sha256, file.path)
    return bytes
  }
  const json = async (role: FileRole): Promise<unknown> => JSON.parse(new TextDecoder().decode(await load(role)))
  const weights = async (role: FileRole): Promise<WeightFile> => openSafetensors(bufferSource(role, await load(role)))
  const [tokenizerJson, tokenizerConfig, textEncoder, dit, vae] = await Promise.all([
    json('tokenizer'),
    json('tokenizerConfig'),
    weights('textEncoder'),
    weights('dit'),
    weights('vae'),
  ])
  return { manifest, tokenizer: await loadTokenizer(tokenizerJson, tokenizerConfig), textEncoder, dit, vae }
}

/** Opens a model wherever its files are. @throws WeightsError naming the file */
export async function openModel(source: ModelSource): Promise<ModelFiles> {
  if (source.kind === 'url') return fetchModel(source.url)
  throw new WeightsError('model', 'Only a model folder on this site can be opened.')
}

async function fetchJson(url: URL): Promise<unknown> {
  const response = await fetch(url)
  if (!response.ok) throw new WeightsError('manifest.json', `There is no model at ${url.href}: the server answered ${response.status}. Choose a folder with a manifest.json.`)
  try {
    return await response.json()
  } catch {
    throw new WeightsError('manifest.json', `${url.href} is not JSON. Choose a folder with a manifest.json of a model.`)
  }
}
