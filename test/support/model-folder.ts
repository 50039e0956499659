// A model folder on disk, read as the page reads it from a server.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMPANION_ROLES, withCompanion, type Equipped } from '../../src/engine/model/companions'
import type { ModelFiles } from '../../src/engine/model/opened'
import { fileOf, parseManifest } from '../../src/engine/model/manifest'
import type { Wan21Config } from '../../src/models/wan21'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import { fileSource } from './golden'

/** The numbers of the networks in a folder's manifest. */
export function configOf(folder: string): Wan21Config {
  return (JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { config: Wan21Config }).config
}

/** All files are opened at once. */
export async function openModelFolder(folder: string): Promise<ModelFiles> {
  const { manifest, family, networks } = parseManifest(
    JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')),
    'manifest.json',
  )
  const path = (role: string): string => join(folder, fileOf(manifest, role).path)
  const documents = family.tokenizer.roles.map(
    (role) => [role, JSON.parse(readFileSync(path(role), 'utf8')) as unknown] as const,
  )
  const open = (role: string) => openSafetensors(fileSource(path(role)))
  const listed = manifest.files.map(({ role }) => role)
  const roles = [...family.roles, ...(family.optionalRoles ?? []).filter((role) => listed.includes(role))]
  const weights = await Promise.all(roles.map(async (role) => [role, await open(role)] as const))
  let model: Equipped = { networks, weights: Object.fromEntries(weights) }
  for (const role of COMPANION_ROLES) {
    if (listed.includes(role)) model = withCompanion(model, role, await open(role), path(role))
  }
  return {
    manifest,
    ...model,
    tokenizer: await family.tokenizer.open(Object.fromEntries(documents)),
  }
}
