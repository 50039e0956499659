// A model folder on disk, read as the page reads it from a server.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelFiles } from '../../src/engine/model/open'
import { loadTokenizer } from '../../src/models/umt5/tokenizer'
import { fileOf, parseManifest, type FileRole } from '../../src/engine/model/manifest'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import { fileSource } from './golden'

export async function openModelFolder(folder: string): Promise<ModelFiles> {
  const manifest = parseManifest(
    JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')),
    'manifest.json',
  )
  const path = (role: FileRole): string => join(folder, fileOf(manifest, role).path)
  const json = (role: FileRole): unknown => JSON.parse(readFileSync(path(role), 'utf8'))
  const [textEncoder, dit, vae] = await Promise.all([
    openSafetensors(fileSource(path('textEncoder'))),
    openSafetensors(fileSource(path('dit'))),
    openSafetensors(fileSource(path('vae'))),
  ])
  return {
    manifest,
    tokenizer: await loadTokenizer(json('tokenizer'), json('tokenizerConfig')),
    textEncoder,
    dit,
    vae,
  }
}
