// The files that were given with a clip, kept with its run: pictures, an upscaler, LoRAs, a control.
import { bareUnlessVideo } from '../../protocol/looks-like-video'
import { barePicture } from '../../media/picture/bare'
import type { ClipEnd } from '../../protocol/clip-end'
import type { ControlInput } from '../../protocol/control'
import type { GenerationInput } from '../../protocol/engine'
import type { LoraInput, LoraStrength } from '../../protocol/lora'
import type { KeptRun } from '../../storage/runs/kept-run'

/** What is given with a clip beside its settings. */
export type Given = Pick<
  GenerationInput,
  'image' | 'lastImage' | 'continueFrom' | 'holdsColours' | 'keepsEnd' | 'upscaler' | 'loras' | 'control'
>

const ROLES = ['image', 'lastImage', 'end', 'upscaler', 'video', 'mask', 'reference', 'lora'] as const
type Role = (typeof ROLES)[number]

/** A file as a record names it. */
export interface GivenFact {
  readonly role: Role
  /** Absent of a file without a name. */
  readonly name?: string
  readonly bytes: number
  /** Of a LoRA. */
  readonly strength?: LoraStrength
}

interface Part {
  readonly fact: GivenFact
  readonly file: Blob
}

/** Bytes of a file that are in memory at once. */
const PIECE = 8 << 20
/** Under this name lies what is no file. */
const REST = 'given'

interface Rest extends Pick<Given, 'holdsColours' | 'keepsEnd'> {
  readonly control?: Omit<ControlInput, 'video' | 'mask' | 'references'>
  /** Of the clip that this one goes on from, its frame being a file. */
  readonly end?: Omit<ClipEnd, 'frame'>
}

const fileName = (i: number): string => `file${i}`

export function givenOf({
  image,
  lastImage,
  continueFrom,
  holdsColours,
  keepsEnd,
  upscaler,
  loras,
  control,
}: GenerationInput): Given {
  return {
    ...(image && { image }),
    ...(lastImage && { lastImage }),
    ...(continueFrom && { continueFrom }),
    ...(holdsColours && { holdsColours }),
    ...(keepsEnd && { keepsEnd }),
    ...(upscaler && { upscaler }),
    ...(loras && { loras }),
    ...(control && { control }),
  }
}

/** The same, with pictures that have nothing but their pixels: a run does not keep where they were taken. */
export async function withBarePictures(given: Given): Promise<Given> {
  const barePixels = async (file: Blob): Promise<Blob> => {
    const name = file instanceof File ? file.name : undefined
    const picture = await barePicture(file, name ?? 'The picture')
    return name === undefined ? new Blob([picture.file]) : picture.file
  }
  const bare = (file: Blob): Promise<Blob> => bareUnlessVideo(file, barePixels)
  const { image, lastImage, control } = given
  const { video, mask, references } = control ?? {}
  return {
    ...given,
    ...(image && { image: await bare(image) }),
    ...(lastImage && { lastImage: await bare(lastImage) }),
    ...(control && {
      control: {
        ...control,
        ...(video && { video: await bare(video) }),
        ...(mask && { mask: await bare(mask) }),
        ...(references && { references: await Promise.all(references.map(bare)) }),
      },
    }),
  }
}

function partsOf({ image, lastImage, continueFrom, upscaler, loras = [], control = {} }: Given): Part[] {
  const part = (role: Role, file: Blob | undefined): Part[] =>
    file ? [{ fact: { role, bytes: file.size, ...(file instanceof File && { name: file.name }) }, file }] : []
  return [
    ...part('image', image),
    ...part('lastImage', lastImage),
    ...part('end', continueFrom && new File([continueFrom.frame], 'the end of the other clip')),
    ...part('upscaler', upscaler),
    ...part('video', control.video),
    ...part('mask', control.mask),
    ...(control.references ?? []).flatMap((file) => part('reference', file)),
    ...loras.map(({ file: { name, file }, strength = 1 }): Part => ({
      fact: { role: 'lora', name, bytes: file.size, strength },
      file,
    })),
  ]
}

/** What a record says about the files. */
export function givenFacts(given: Given): GivenFact[] {
  return partsOf(given).map(({ fact }) => fact)
}

/** Bytes of each, by the name under which it is kept. */
export function givenBytes(given: Given): Map<string, number> {
  return new Map(givenFacts(given).map(({ bytes }, i) => [fileName(i), bytes]))
}

async function* pieces(file: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < file.size; at += PIECE)
    yield new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer())
}

function restOf({ continueFrom, holdsColours, keepsEnd, control: given }: Given): Rest {
  const { video: _video, mask: _mask, references: _references, ...control } = given ?? {}
  const { frame: _frame, ...end } = continueFrom ?? {}
  return {
    ...(holdsColours && { holdsColours }),
    ...(keepsEnd && { keepsEnd }),
    ...(given && { control }),
    ...('width' in end && { end }),
  }
}

export async function saveGiven(run: KeptRun, given: Given): Promise<void> {
  if (Object.keys(given).length === 0) return
  for (const [i, { file }] of partsOf(given).entries()) await run.save(fileName(i), {}, pieces(file))
  await run.save(REST, restOf(given), []) // last: with it everything is there
}

/** @param facts of the files; undefined where they are not all kept */
export async function loadGiven(run: KeptRun, facts: readonly GivenFact[]): Promise<Given | undefined> {
  const saved = await run.load(REST)
  if (!saved) return facts.length === 0 ? {} : undefined
  const { control, end, ...rest } = saved.about as Rest
  const files: Blob[] = []
  for (const [i, { role, name }] of facts.entries()) {
    const saved = await run.load(fileName(i))
    if (!saved) return undefined
    files.push(name === undefined || role === 'lora' ? saved.whole : new File([saved.whole], name))
  }
  const all = (role: Role): Blob[] => files.filter((_, i) => facts[i]!.role === role)
  const one = <K extends string>(key: K, role: Role): Partial<Record<K, Blob>> => {
    const [file] = all(role)
    return file ? ({ [key]: file } as Record<K, Blob>) : {}
  }
  const loras = facts.flatMap(({ role, name = '', strength = 1 }, i): LoraInput[] =>
    role === 'lora' ? [{ file: { name, file: files[i]! }, strength }] : [],
  )
  const references = all('reference')
  const [frame] = all('end')
  return {
    ...rest,
    ...(end && frame && { continueFrom: { ...end, frame: new Float32Array(await frame.arrayBuffer()) } }),
    ...one('image', 'image'),
    ...one('lastImage', 'lastImage'),
    ...one('upscaler', 'upscaler'),
    ...(loras.length > 0 && { loras }),
    ...(control && {
      control: {
        ...control,
        ...one('video', 'video'),
        ...one('mask', 'mask'),
        ...(references.length > 0 && { references }),
      },
    }),
  }
}
