// A text encoder that needs a GPU, in the place of a tiny model's own, which the CPU computes.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { umt5Shapes } from '../../src/cli/synthesize/shapes'
import type { TextEncoderConfig } from '../../src/models/umt5/config'
import { isForCpu } from '../../src/models/umt5/text-model'
import { writeSafetensors } from '../../src/weights/formats/safetensors'
import { formulaModel } from './umt5'

interface TinyManifest {
  readonly config: { textEncoder: TextEncoderConfig }
  readonly files: { role: string; path: string; bytes: number; sha256: string }[]
}

/** @param folder of `writeTinyModel` */
export async function widenText(folder: string): Promise<void> {
  const path = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as TinyManifest
  const config = { ...manifest.config.textEncoder, dimFfn: 2816 }
  if (isForCpu(config)) throw new Error('The wide text encoder is for the CPU, too.')
  const source = formulaModel(config)
  const tensors = [...umt5Shapes(config)].map(async ([name, shape]) => ({
    name,
    dtype: 'F16' as const,
    shape,
    bytes: await source.bytes(name),
  }))
  const bytes = writeSafetensors(await Promise.all(tensors))
  const file = manifest.files.find(({ role }) => role === 'textEncoder')!
  writeFileSync(join(folder, file.path), bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  Object.assign(file, { bytes: bytes.length, sha256 })
  manifest.config.textEncoder = config
  writeFileSync(path, JSON.stringify(manifest))
}
