// Documents from outside: manifests, lists, configs, recipes, and the store's journals.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseManifest } from '../../src/engine/model/manifest'
import { readRecipe } from '../../src/media/recipe-box'
import { parseWan21Config } from '../../src/models/wan21'
import { limitsFor } from '../../src/protocol/limits'
import { normaliseSettings } from '../../src/protocol/normalise'
import type { SettingsInput } from '../../src/protocol/settings'
import { parseModel } from '../../src/storage/entries'
import { doneBytes, replay } from '../../src/storage/file-records'
import { openJournal, readJournal } from '../../src/storage/journal'
import { replayRun } from '../../src/storage/runs/run-lines'
import { WeightsError } from '../../src/weights/error'
import { CheckedJson } from '../../src/weights/sources/checked-json'
import { LIST, parseFileList } from '../../src/weights/sources/model-folder'
import { mutateBytes } from './mutate-bytes'
import { mutateJson, mutateJsonText } from './mutate-json'
import { boundedJson, encoder, json, ROOT, type Target } from './target'

const MANIFEST = json(readFileSync(join(ROOT, 'public/models/mini/manifest.json'))) as { config: unknown }
export const manifest: Target = {
  name: 'manifest',
  make: (random) => encoder.encode(mutateJsonText(random, MANIFEST)),
  async read(input) {
    const document = boundedJson(input, LIST)
    parseManifest(document, 'input')
  },
}

const FILES = {
  title: 'A model',
  files: [
    { path: 'a/b.safetensors', bytes: 5 },
    { path: 'c', bytes: 0 },
  ],
}
export const lists: Target = {
  name: 'lists of files, configs',
  make: (random) => encoder.encode(mutateJsonText(random, random.chance(0.5) ? FILES : MANIFEST.config)),
  async read(input) {
    const document = boundedJson(input, LIST)
    if (typeof document === 'object' && document !== null && 'files' in document) parseFileList(document)
    else parseWan21Config(new CheckedJson(document, 'input'))
  },
}

export const RECIPE = {
  prompt: 'a red ball',
  negativePrompt: '',
  seed: 7,
  width: 832,
  height: 480,
  numFrames: 81,
  numInferenceSteps: 50,
  guidanceScale: 5,
  shift: 5,
  sampler: 'unipc',
  cache: 'off',
  app: 'Zoetrope',
  appVersion: '0.5.1',
  model: 'mini',
}
/** A film with a comment, nested as `embedRecipe` nests it. */
export function filmWith(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const box = (type: string, ...parts: readonly Uint8Array[]): Uint8Array => {
    const size = parts.reduce((sum, part) => sum + part.length, 8)
    const bytes = new Uint8Array(size)
    new DataView(bytes.buffer).setUint32(0, size)
    bytes.set(
      Uint8Array.from(type, (letter) => letter.charCodeAt(0)),
      4,
    )
    let at = 8
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
  const item = box('\u00A9cmt', box('data', new Uint8Array(8), text))
  return Uint8Array.from(box('moov', box('udta', box('meta', new Uint8Array(4), box('ilst', item)))))
}
export const recipe: Target = {
  name: 'recipe',
  make(random) {
    const file = filmWith(encoder.encode(mutateJsonText(random, RECIPE)))
    return random.chance(0.4) ? mutateBytes(random, file) : file
  },
  async read(input) {
    const found = readRecipe(input)
    const settings =
      found === undefined
        ? undefined
        : normaliseSettings(
            found as SettingsInput,
            limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 }),
          )
    // Refusals are answers here; they are counted as those of the other parsers are.
    if (!settings?.ok) throw new WeightsError('input', settings?.reason ?? 'holds no recipe')
  },
}

const HEADER = {
  type: 'file',
  path: 'dit.gguf',
  repository: 'owner/model',
  revision: '0123',
  size: 1000,
  sha256: '',
  stamp: '"one"',
  pieceBytes: 100,
}
const RECORDS = [HEADER, { type: 'piece', index: 3, sha256: 'ab'.repeat(32) }, { type: 'lost', index: 3 }]
export const MODEL = {
  id: 'wan',
  repository: 'owner/model',
  revision: '0123',
  files: [{ path: 'dit.gguf', url: 'https://server/dit', bytes: 5, sha256: 'ab'.repeat(32) }],
}

/** Records with right checksums. */
function journalOf(records: readonly unknown[]): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array()
  const { journal } = openJournal<unknown>({
    size: () => bytes.length,
    read: () => bytes,
    write: (_at, line) => void (bytes = Uint8Array.from([...bytes, ...line])),
    truncate: () => undefined,
    flush: () => undefined,
    close: () => undefined,
  })
  for (const record of records) journal.append(record ?? null)
  return bytes
}
export const journal: Target = {
  name: 'journal',
  make(random) {
    const document = random.chance(0.5) ? RECORDS : [MODEL]
    const changed = mutateJson(random, document)
    const file = journalOf(Array.isArray(changed) ? changed.slice(0, 50) : [changed])
    return random.chance(0.3) ? mutateBytes(random, file) : file
  },
  async read(input) {
    const { records } = readJournal(input)
    if (records.some((record) => typeof record === 'object' && record !== null && 'files' in record))
      parseModel(records.at(-1))
    else doneBytes(replay(records, 'input'))
  },
}

const PART = { bytes: 40, sha256: 'ab'.repeat(32) }
const RUN = [
  { kind: 'run', format: 1, facts: { settings: RECIPE, model: 'mini', step: 3 } },
  { kind: 'save', name: 'latents', slot: 0, about: { done: 3, shape: [16, 3, 8, 8] }, parts: [PART, PART] },
  { kind: 'frame', ...PART },
  { kind: 'cut', frames: 0 },
]
export const runs: Target = {
  name: 'runs',
  make(random) {
    const changed = mutateJson(random, RUN)
    const file = journalOf(Array.isArray(changed) ? changed.slice(0, 50) : [changed])
    return random.chance(0.3) ? mutateBytes(random, file) : file
  },
  async read(input) {
    const found = replayRun(readJournal(input).records)
    if (typeof found !== 'object') throw new WeightsError('input', 'holds no run')
  },
}
