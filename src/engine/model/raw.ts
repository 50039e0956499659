// Opens raw files as a model: recognises each file, and derives config and name.
import type { Family, Networks, Weights } from '../../models/family'
import { WeightsError } from '../../weights/error'
import { CheckedJson } from '../../weights/sources/checked-json'
import { BUILT_IN, type Extensions } from '../extensions'
import type { ModelFile, ModelManifest } from './manifest'
import { readBoundedJson } from '../../weights/formats/bounded-json'
import { withoutHubCache } from '../../weights/sources/hub-cache'
import { LIST, type ModelFolder } from '../../weights/sources/model-folder'
import type { WeightFile } from '../../weights/weight-file'
import { sampleOf } from '../../weights/sample'
import { findParts, type ModelPart, type ModelParts } from './parts'
import { findTokenizer } from './tokenizer'
import { sha256Hex } from '../../weights/sources/sha256'
import { GATES, knownModel } from './known'
import { licenceNote, nonCommercialLicence } from './licences'
import type { ModelFiles } from './opened'
import { COMPANION_ROLES, withCompanion, type Equipped } from './companions'
import { withFilms } from './live-facts'
import { loadTokenizer } from '../../models/umt5/tokenizer'

const MAX_CONFIG = 1 << 20
const PARTS = ['textEncoder', 'dit', 'vae'] as const

/** Zoetrope's own config.json; `undefined` where there is none, or only another program's, as in model repositories. */
async function ownConfig(folder: ModelFolder): Promise<CheckedJson | undefined> {
  const path = [...folder.files.keys()]
    .filter((each) => /(^|\/)config\.json$/.test(each))
    .sort((a, b) => a.length - b.length)[0]
  if (path === undefined || (folder.files.get(path) ?? 0) > MAX_CONFIG) return undefined
  const json = await readBoundedJson(await folder.open(path), LIST, 'Correct it, or remove it.')
  const isOurs = typeof json === 'object' && json !== null && PARTS.every((part) => part in json)
  return isOurs ? new CheckedJson(json, path) : undefined
}

/** Recognises the family of the files, and configures its networks. @throws WeightsError */
function recognise(
  weights: Weights,
  title: string,
  config: CheckedJson | undefined,
  families: readonly Family[],
): { family: Family; networks: Networks } {
  for (const family of families) {
    if (config?.has('family') && config.get('family').text() !== family.id) continue
    const networks = config
      ? family.roles.every((role) => role in weights) && family.configure(config)
      : family.recognise(weights, title)
    if (networks) return { family, networks }
  }
  throw new WeightsError(
    title,
    `${title} contains networks that do not make up a known model: ${Object.keys(weights).join(', ')}. Choose the files of one model.`,
    'model-missing',
  )
}

/** The files of the networks that a family may have, by role. */
function rolesOf({ ditLow, clip, ...parts }: ModelParts): {
  readonly role: string
  readonly path: string
  readonly file: WeightFile
}[] {
  const own = ({ path, wan: { file } }: ModelPart) => ({ path, file })
  return [
    ...PARTS.map((role) => ({ role, ...own(parts[role]) })),
    ...(ditLow ? [{ role: 'ditLow', ...own(ditLow) }] : []),
    ...(clip ? [{ role: 'clip', ...clip }] : []),
  ]
}

/**
 * A fingerprint of sizes and a sample of every tensor, whatever the files' names: another training or quantisation is
 * another version.
 */
async function fingerprint(weights: Weights, files: readonly ModelFile[]): Promise<string> {
  const samples: string[] = []
  for (const { role } of files) samples.push(await sampleOf(weights[role]!))
  const text = JSON.stringify([files.map(({ bytes }) => bytes), samples])
  return (await sha256Hex(new TextEncoder().encode(text))).slice(0, 12)
}

/** The file of the VACE module that is a part of the transformer. */
function moduleFile({ dit: { module } }: ModelParts, { files }: ModelFolder): ModelFile[] {
  return module === undefined ? [] : [{ role: 'vaceModule', path: module, bytes: files.get(module) ?? 0 }]
}

/** When the file of a part, or any beside an index, was last modified; "" where that is unknown. */
function changedAt({ changed }: ModelFolder, { path }: ModelPart): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const times = [...(changed ?? [])].filter(([each]) =>
    path.endsWith('.json') ? each.startsWith(folder) : each === path,
  )
  return times.map(([, time]) => time).join(' ')
}

function leftOut({ dit, textEncoder, vae }: ModelParts): string[] {
  const shown = (names: readonly string[]): string =>
    `${names.slice(0, 2).join(', ')}${names.length > 2 ? ', …' : ''}`
  const gates = dit.wan.dropped.filter((name) => GATES.test(name))
  return [
    ...(gates.length > 0
      ? [`${dit.path}: its gates of sparse attention are left out; full attention is used (${shown(gates)}).`]
      : []),
    ...[dit, textEncoder, vae]
      .filter(({ wan }) => wan.copies.length > 0)
      .map(
        ({ path, wan: { layout, copies } }) =>
          `${path} holds several copies of the model: "${layout.prefix}" is used, and ${copies.map((each) => `"${each}"`).join(', ')} left out.`,
      ),
    ...[dit, textEncoder, vae]
      .filter(({ wan }) => wan.unexpected.length > 0)
      .map(
        ({ path, wan }) =>
          `${path}: tensors that Wan 2.1 does not have are left out (${wan.unexpected.length}: ${shown(wan.unexpected)}).`,
      ),
  ]
}

/** With what stands beside the model, where it is for this model; else with a sentence about it. */
function withCompanions(
  model: Equipped,
  parts: ModelParts,
): Equipped & { readonly notes: readonly string[] } {
  const notes: string[] = []
  for (const role of COMPANION_ROLES) {
    const part = parts[role]
    if (!part) continue
    try {
      model = withCompanion(model, role, part.wan.file, part.path)
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error
      notes.push(`Left out: ${error.message}`)
    }
  }
  return { ...model, notes }
}

/**
 * Recognises the files of a folder without a manifest. Reads headers and the tokenizer, no weights.
 * @param model an id of the catalogue, where the user chose one
 * @throws WeightsError with what was found and what is missing
 */
export async function openRaw(
  given: ModelFolder,
  model?: string,
  { families }: Extensions = BUILT_IN,
): Promise<ModelFiles> {
  const folder = await withoutHubCache(given)
  const parts = await findParts(folder)
  const roles = rolesOf(parts)
  const weights = Object.fromEntries(roles.map(({ role, file }) => [role, file]))
  const { family, networks } = recognise(weights, folder.title, await ownConfig(folder), families)
  const facts = knownModel(parts, networks.geometry, model)
  const able = facts.live ? withFilms(networks, facts.live, weights) : networks
  const { notes, ...equipped } = withCompanions({ networks: able, weights }, parts)
  const { tokenizer, config: tokenizerConfig, path } = await findTokenizer(folder, parts.textEncoder)
  const files: ModelFile[] = roles
    .filter(({ role }) => family.roles.includes(role))
    .map(({ role, path }) => ({ role, path, bytes: folder.files.get(path) ?? 0 }))
  const restricted = nonCommercialLicence(parts.dit)
  const manifest: ModelManifest = {
    format: 1,
    family: family.id,
    ...facts,
    ...(restricted !== undefined && { licence: restricted }),
    version: await fingerprint(weights, files),
    files: [...files, ...moduleFile(parts, folder)],
  }
  return {
    manifest,
    tokenizer: await loadTokenizer(tokenizer, tokenizerConfig, path),
    changedAt: changedAt(folder, parts.textEncoder),
    ...equipped,
    notes: [
      ...(restricted === undefined ? [] : [licenceNote(parts.dit.path, restricted)]),
      ...leftOut(parts),
      ...notes,
    ],
  }
}
