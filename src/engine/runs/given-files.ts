// What was given with a clip, kept with its run: pictures as their pixels, LoRAs and an upscaler as their files.
import type { Picture } from '../../media/picture/open'
import type { GenerationInput } from '../../protocol/engine'
import type { LoraStrength } from '../../protocol/lora'
import type { KeptRun, Saved } from '../../storage/runs/kept-run'
import type { GivenPictures } from '../given-picture'

/** Files of a clip that are not the model's. */
export type GivenFiles = Pick<GenerationInput, 'loras' | 'upscaler'>

export interface Given extends GivenFiles {
  readonly pictures?: GivenPictures
}

/** Bytes of a file that are in memory at once. */
const PIECE = 8 << 20

type PictureFacts = Pick<Picture, 'width' | 'height' | 'sha256'>
interface FileFacts {
  readonly name: string
  readonly strength?: LoraStrength
}

const loraName = (i: number): string => `lora${i}`

async function* pieces(file: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < file.size; at += PIECE)
    yield new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer())
}

/** Bytes of each, by the name under which it is kept. */
export function givenBytes({ pictures, loras = [], upscaler }: Given): Map<string, number> {
  return new Map([
    ...(pictures ? [['picture', pictures.first.rgb.length] as const] : []),
    ...(pictures?.last ? [['lastpicture', pictures.last.rgb.length] as const] : []),
    ...(upscaler ? [['upscaler', upscaler.size] as const] : []),
    ...loras.map(({ file }, i) => [loraName(i), file.file.size] as const),
  ])
}

export async function saveGiven(run: KeptRun, { pictures, loras = [], upscaler }: Given): Promise<void> {
  const picture = async (name: string, given: Picture | undefined): Promise<void> => {
    if (!given) return
    const { width, height, sha256, rgb } = given
    await run.save(name, { width, height, sha256 } satisfies PictureFacts, [new Uint8Array(rgb)])
  }
  await picture('picture', pictures?.first)
  await picture('lastpicture', pictures?.last)
  if (upscaler) {
    const name = upscaler instanceof File ? upscaler.name : 'upscaler'
    await run.save('upscaler', { name } satisfies FileFacts, pieces(upscaler))
  }
  for (const [i, { file, strength = 1 }] of loras.entries())
    await run.save(loraName(i), { name: file.name, strength } satisfies FileFacts, pieces(file.file))
}

async function pictureOf(saved: Saved | undefined): Promise<Picture | undefined> {
  if (!saved) return undefined
  return { ...(saved.about as PictureFacts), rgb: await saved.part(0) }
}

/** What is kept of it. */
export async function loadGiven(run: KeptRun): Promise<Given> {
  const first = await pictureOf(await run.load('picture'))
  const last = await pictureOf(await run.load('lastpicture'))
  const upscaler = await run.load('upscaler')
  const loras: NonNullable<GivenFiles['loras']>[number][] = []
  for (let saved = await run.load(loraName(0)); saved; saved = await run.load(loraName(loras.length))) {
    const { name, strength = 1 } = saved.about as FileFacts
    loras.push({ file: { name, file: saved.whole }, strength })
  }
  return {
    ...(first && { pictures: { first, ...(last && { last }) } }),
    ...(loras.length > 0 && { loras }),
    ...(upscaler && { upscaler: new File([upscaler.whole], (upscaler.about as FileFacts).name) }),
  }
}
