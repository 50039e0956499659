import type { ModelSource } from '../../protocol/model-source'
import { bufferSource } from '../../weights/sources/byte-source'
import { WeightsError } from '../../weights/error'
import { fileOf, parseManifest, type DescribedModel, type ModelManifest } from './manifest'
import {
  fetchJson,
  FILE_LIST,
  LIST,
  MANIFEST,
  parseFileList,
  pickedFolder,
  readUntil,
  SMALL_FILE,
  urlFolder,
  type ModelFolder,
} from '../../weights/sources/model-folder'
import { readBoundedJson } from '../../weights/formats/bounded-json'
import { openWeights } from '../../weights/formats/open'
import { isOffline } from '../../weights/sources/patience'
import { verifySha256 } from '../../weights/sources/sha256'
import { keptFile } from '../../storage/kept-file'
import { storedFolder } from '../../storage/stored-folder'
import { meanwhile } from '../../weights/sources/unless-aborted'
import type { WeightFile } from '../../weights/weight-file'
import { BUILT_IN, type Extensions } from '../extensions'
import { openRaw } from './raw'
import { COMPANION_ROLES, withCompanion, type Equipped } from './companions'
import { laterRoles } from './manifest-files'
import { once } from './on-demand'
import type { ModelFiles } from './opened'
import { TOKENIZER_JSON } from '../../models/umt5/checked-tokenizer'

export type { ModelFiles } from './opened'

/**
 * Opens a file. Reads a small one once and checks its SHA-256; checks only the size of a large one. One that is wrong is
 * opened once more, fresh: browsers keep files, also of an older version of the page.
 */
async function openListed(folder: ModelFolder, manifest: ModelManifest, role: string) {
  try {
    return await openOnce(folder, manifest, role, false)
  } catch (error) {
    if (!(error instanceof WeightsError) || error.code !== 'model-invalid') throw error
    return openOnce(folder, manifest, role, true)
  }
}

async function openOnce(folder: ModelFolder, manifest: ModelManifest, role: string, isFresh: boolean) {
  const { path, bytes, sha256 } = fileOf(manifest, role)
  const source = await folder.open(path, isFresh)
  if (source.size !== bytes)
    throw new WeightsError(
      path,
      `${path} arrived with ${source.size} bytes and must have ${bytes}. Load it again.`,
    )
  if (bytes > SMALL_FILE || sha256 === undefined) return source
  const whole = await source.read(0, bytes)
  await verifySha256(whole, sha256, path)
  return bufferSource(path, whole)
}

/** What works without a file that only some clips need. */
const WITHOUT: Readonly<Record<string, string>> = {
  vae: 'the tiny decoder works',
  vaeEncoder: 'clips from text alone work',
  causalDit: 'clips work',
}

/** As `openListed`, but keeps a small file for the next visit. Does not wait for a network that is down. */
async function openKept(folder: ModelFolder, manifest: ModelManifest, role: string) {
  const { path, bytes, sha256 } = fileOf(manifest, role)
  if (bytes > SMALL_FILE || sha256 === undefined) return openListed(folder, manifest, role)
  const load = async () => {
    if (isOffline())
      throw new WeightsError(
        path,
        `${path} is needed for this and is not on this device yet, which has no network. Connect it once: the file is then kept. Until then, ${WITHOUT[role] ?? 'other clips work'}.`,
        'model-missing',
      )
    return (await openListed(folder, manifest, role)).read(0, bytes)
  }
  return bufferSource(path, await keptFile(sha256, load))
}

/**
 * Opens a folder whose manifest assigns a role to each file.
 * @param openLate opens a file that only some clips need
 */
async function openManifest(
  folder: ModelFolder,
  { manifest, family, networks }: DescribedModel,
  openLate: typeof openListed = openListed,
): Promise<ModelFiles> {
  const json = async (role: string): Promise<unknown> => {
    const advice = 'Choose a folder with a whole model.'
    return readBoundedJson(await openListed(folder, manifest, role), TOKENIZER_JSON, advice)
  }
  const weights = async (role: string): Promise<WeightFile> =>
    (await openWeights(await openListed(folder, manifest, role))).file
  const late = laterRoles(manifest.defaults)
  const later = manifest.files.flatMap(({ role }) =>
    late.includes(role)
      ? [[role, once(async () => (await openWeights(await openLate(folder, manifest, role))).file)] as const]
      : [],
  )
  const [documents, files] = await Promise.all([
    byRole(family.tokenizer.roles, json),
    byRole(
      family.roles.filter((role) => !late.includes(role)),
      weights,
    ),
  ])
  const tokenizer = await family.tokenizer.open(documents)
  let model: Equipped = { networks, weights: files }
  for (const role of COMPANION_ROLES) {
    const listed = manifest.files.find((file) => file.role === role)
    if (listed) model = withCompanion(model, role, await weights(role), listed.path)
  }
  return { manifest, ...model, tokenizer, ...(later.length > 0 && { later: Object.fromEntries(later) }) }
}

/** Opens the files of all roles. */
async function byRole<T>(
  roles: readonly string[],
  open: (role: string) => Promise<T>,
): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all(roles.map(async (role) => [role, await open(role)] as const)))
}

/** Finds the manifest among picked files, and the folder without its own path in front. */
async function pickedManifest(
  folder: ModelFolder,
  extensions: Extensions,
): Promise<{ model: DescribedModel; inside: ModelFolder } | undefined> {
  const path = [...folder.files.keys()].find((each) => each === MANIFEST || each.endsWith(`/${MANIFEST}`))
  if (path === undefined) return undefined
  const advice = 'Choose a folder with a manifest.json of a model.'
  const json = await readBoundedJson(await folder.open(path), LIST, advice)
  const start = path.slice(0, -MANIFEST.length)
  return {
    model: parseManifest(json, path, extensions),
    inside: { ...folder, open: (name) => folder.open(start + name) },
  }
}

/** @param url of a folder on this site, ending in a slash */
async function openUrl(
  url: string,
  extensions: Extensions,
  signal: AbortSignal | undefined,
): Promise<ModelFiles> {
  const json = await fetchJson(new URL(MANIFEST, url).href, signal)
  if (json !== undefined) {
    const model = parseManifest(json, MANIFEST, extensions)
    const sizes = new Map(model.manifest.files.map(({ path, bytes }) => [path, bytes]))
    return openManifest(readUntil(signal, urlFolder(url, url, sizes)), model, openKept)
  }
  const list = await fetchJson(new URL(FILE_LIST, url).href, signal)
  if (list === undefined) {
    throw new WeightsError(
      MANIFEST,
      `There is no model at ${url}: it has no ${MANIFEST}, and no ${FILE_LIST} that lists raw files. Choose a folder with a model.`,
      'model-missing',
    )
  }
  const { title, files } = parseFileList(list)
  return openRaw(readUntil(signal, urlFolder(url, title, files)), undefined, extensions)
}

/**
 * Opens a model by its manifest, or, where it has none, by recognising its files.
 * @param signal cancels the opening, and has no effect afterwards
 * @throws WeightsError, a sentence naming the file; the signal's reason
 */
export function openModel(
  source: ModelSource,
  signal?: AbortSignal,
  extensions: Extensions = BUILT_IN,
): Promise<ModelFiles> {
  return meanwhile(signal, async (opening) => {
    switch (source.kind) {
      case 'url':
        return openUrl(source.url, extensions, opening)
      case 'files': {
        const folder = readUntil(opening, pickedFolder(source.files))
        const found = await pickedManifest(folder, extensions)
        return found ? openManifest(found.inside, found.model) : openRaw(folder, source.model, extensions)
      }
      case 'stored':
        return openRaw(readUntil(opening, await storedFolder(source.model)), source.model, extensions)
    }
  })
}
