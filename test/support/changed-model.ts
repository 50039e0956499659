// The tiny model with numbers of its weights changed, as files that were chosen.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelSource } from '../../src/protocol/model-source'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import { float32ToFloat16 } from '../../src/weights/quant/float16'
import { bufferSource } from '../../src/weights/sources/byte-source'
import { writeTinyModel } from '../e2e/support/tiny-model'

export interface Change {
  /** "dit.safetensors" */
  readonly file: string
  /** F16, as all of the tiny model. */
  readonly tensor: string
  /** Takes the place of the first number. */
  readonly value: number
  /** The same for all of its numbers. */
  readonly everywhere?: true
}

async function change(bytes: Uint8Array<ArrayBuffer>, { file, tensor, ...to }: Change): Promise<void> {
  const entry = (await openSafetensors(bufferSource(file, bytes))).tensors.get(tensor)
  if (entry?.dtype !== 'F16') throw new Error(`${file} has no tensor ${tensor} of F16.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + entry.offset, entry.byteLength)
  const [code = 0] = float32ToFloat16(Float32Array.of(to.value))
  for (let at = 0; at < (to.everywhere ? entry.byteLength : 2); at += 2) view.setUint16(at, code, true)
}

interface Manifest {
  files: { path: string; sha256: string }[]
}

/** The changes and the manifest agree: as if the model had been published so. */
export async function tinyModel(changes: readonly Change[] = []): Promise<ModelSource> {
  const folder = await writeTinyModel()
  const contents = new Map(
    readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
  )
  rmSync(folder, { recursive: true })
  for (const each of changes) await change(contents.get(each.file)!, each)
  const manifest = JSON.parse(new TextDecoder().decode(contents.get('manifest.json'))) as Manifest
  for (const entry of manifest.files)
    entry.sha256 = createHash('sha256').update(contents.get(entry.path)!).digest('hex')
  contents.set('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)))
  return {
    kind: 'files',
    files: [...contents].map(([name, bytes]) => ({ name, file: new Blob([bytes]) })),
  }
}
