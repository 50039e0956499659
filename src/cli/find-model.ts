// Resolves --model: a folder with a manifest, the name of a bundled model, or raw files and folders of them.
import { existsSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { addressOf, catalogueEntry, totalBytes } from '../catalogue/catalogue'
import { parseFiles } from '../engine/model/manifest-files'
import { CheckedJson } from '../weights/sources/checked-json'
import { ROOT } from './build'
import type { ListedFiles } from './serve'
import { UsageError } from './usage-error'

export interface ChosenModel {
  /** Of raw files the page recognises which is which. */
  kind: 'manifest' | 'raw'
  files: ListedFiles
}

/** A snapshot in a hub's cache has its tokenizer five folders down. */
const MAX_DEPTH = 6
const MAX_FILES = 2000
const WEIGHTS = /\.(safetensors|sft|gguf|pt|pth|bin|ckpt)$/i
/**
 * Files that a model may consist of: weights, cached blobs without an extension, configurations, vocabularies.
 * Nothing else is served.
 */
const OF_A_MODEL = /(\.(safetensors|sft|gguf|pt|pth|bin|ckpt|json|model)|(^|\/)[^./]+)$/i

/** Undefined where a folder does not let this user in, or a link leads back to itself. */
function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (/^(EACCES|EPERM|ELOOP)$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function statOf(path: string): Stats | undefined {
  return unlessRefused(() => statSync(path, { throwIfNoEntry: false }))
}

/**
 * Files under a folder, down to `MAX_DEPTH`. Follows links, which caches of downloads consist of. Leaves out what cannot
 * be read, such as lost+found.
 */
function filesUnder(folder: string, depth = 1): string[] {
  return (unlessRefused(() => readdirSync(folder)) ?? [])
    .filter((name) => !name.startsWith('.') && name !== 'node_modules')
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      const stat = statOf(path)
      if (stat?.isDirectory()) return depth < MAX_DEPTH ? filesUnder(path, depth + 1) : []
      return stat?.isFile() ? [path] : []
    })
}

/** Paths on the disk, by the path that the page sees. */
function rawFiles(places: readonly string[]): ListedFiles {
  const files = new Map<string, string>()
  const add = (name: string, path: string, place: number): void =>
    void files.set(files.has(name) ? `${place + 1}/${name}` : name, path)
  places.forEach((place, i) => {
    if (statOf(place)?.isDirectory())
      for (const path of filesUnder(place)) {
        const name = relative(place, path).replaceAll(sep, '/')
        if (OF_A_MODEL.test(name)) add(name, path, i)
      }
    else add(basename(place), place, i)
  })
  if (files.size > MAX_FILES)
    throw new UsageError(
      `${places.join(', ')} holds ${files.size} files; a model has at most ${MAX_FILES}. Name the model's own folder, or its files.`,
    )
  return { title: places.length === 1 ? (places[0] ?? '') : `The selection of ${places.length} paths`, files }
}

function readManifest(folder: string): ChosenModel {
  const file = join(folder, 'manifest.json')
  try {
    const json = new CheckedJson(JSON.parse(readFileSync(file, 'utf8')), file)
    const names = [basename(file), ...parseFiles(json.get('files'), []).map(({ path }) => path)]
    const files = new Map(names.map((name) => [name, join(folder, name)]))
    return { kind: 'manifest', files: { title: folder, files } }
  } catch (error) {
    throw new UsageError(
      error instanceof SyntaxError
        ? `${file} is not JSON: ${error.message}`
        : error instanceof Error
          ? error.message
          : String(error),
    )
  }
}

function absent(model: string, candidates: readonly string[]): never {
  const entry = catalogueEntry(model)
  if (entry === undefined) throw new UsageError(`There is no model at ${candidates.join(' or ')}.`)
  const addresses = entry.files.map((file) => `  ${addressOf(file)}`).join('\n')
  throw new UsageError(
    `${entry.title} is not on this disk. Download its files (${(totalBytes(entry) / 1e9).toFixed(1)} GB) into a folder, and pass that folder to --model:\n${addresses}`,
  )
}

/** @throws UsageError where nothing has that name, or it contains no weights */
export function findModel(models: readonly string[]): ChosenModel {
  const candidates = (model: string): string[] => [
    resolve(model),
    ...(basename(model) === model ? [join(ROOT, 'public/models', model)] : []),
  ]
  const places = models.map((model) => {
    const place = candidates(model).find(existsSync)
    return place ?? absent(model, candidates(model))
  })
  const [only = ''] = places
  if (places.length === 1) {
    const folder = models.flatMap(candidates).find((place) => existsSync(join(place, 'manifest.json')))
    if (folder !== undefined) return readManifest(folder)
  }
  const files = rawFiles(places)
  if ([...files.files.keys()].some((path) => WEIGHTS.test(path))) return { kind: 'raw', files }
  throw new UsageError(
    `There is no model at ${places.length === 1 ? only : places.join(', ')}: neither a manifest.json nor readable weight files were found.`,
  )
}
