// A model folder on disk, read as the page reads it from a server.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelFiles } from '../../src/engine/model/open'
import { fileOf, parseManifest } from '../../src/engine/model/manifest'
import type { Wan21Config } from '../../src/models/wan21'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import { fileSource } from './golden'

/** The numbers of the networks in a folder's manifest. */
export function configOf(folder: string): Wan21Config {
  return (JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { config: Wan21Config }).config
}

export async function openModelFolder(folder: string): Promise<ModelFiles> {
  const { manifest, family, networks } = parseManifest(
    JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')),
    'manifest.json',
  )
  const path = (role: string): string => join(folder, fileOf(manifest, role).path)
  const documents = family.tokenizer.roles.map(
    (role) => [role, JSON.parse(readFileSync(path(role), 'utf8')) as unknown] as const,
  )
  const weights = await Promise.all(
    family.roles.map(async (role) => [role, await openSafetensors(fileSource(path(role)))] as const),
  )
  return {
    manifest,
    networks,
    weights: Object.fromEntries(weights),
    tokenizer: await family.tokenizer.open(Object.fromEntries(documents)),
  }
}
