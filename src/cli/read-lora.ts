import { openAsBlob, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { readStrengthText, strengthText, type LoraRecord, type LoraStrength } from '../protocol/lora'
import { fingerprintOf } from '../protocol/fingerprint'
import { UsageError } from './usage-error'

/** A LoRA on the disk. */
export interface GivenLora {
  readonly path: string
  readonly strength: LoraStrength
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** Reads FILE[:strength], as in style.safetensors:0.8, or :1,1,0 with a strength for each step. @throws UsageError */
export function readLora(text: string): GivenLora {
  const [, path = text, strength = '1'] = /^(.+?)(?::([-+−.,\d]+))?$/.exec(text) ?? []
  if (!isFile(path))
    throw new UsageError(
      `There is no LoRA at ${path}. --lora names a file, and after a colon a strength: style.safetensors:0.8.`,
    )
  try {
    return { path: resolve(path), strength: readStrengthText(basename(path), strength) }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** The LoRAs of a recipe that lie beside it or in the folder that one is in, and sentences about the others. */
export async function recipeLoras(
  records: readonly LoraRecord[],
  recipe: string,
): Promise<{ loras: GivenLora[]; notes: string[] }> {
  const loras: GivenLora[] = []
  const notes: string[] = []
  for (const { file, strength, fingerprint } of records) {
    const name = basename(file.replaceAll('\\', '/'))
    const places = [join(dirname(recipe), name), resolve(name)].filter(isFile)
    let found: string | undefined
    for (const place of places) {
      if (found !== undefined) break
      if (fingerprint === undefined || (await fingerprintOf(await openAsBlob(place))) === fingerprint)
        found = place
    }
    if (found !== undefined) loras.push({ path: found, strength })
    else
      notes.push(
        `The LoRA ${name} of the recipe, at strength ${strengthText(strength)}, ${
          places.length > 0 ? 'is another file here' : 'is not here'
        }: it is left out, and the clip will differ. Give it with --lora FILE:${strengthText(strength).replaceAll(' ', '')}.`,
      )
  }
  return { loras, notes }
}
