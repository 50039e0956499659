// The files that a clip is made with, on their way to the gallery and back.
import type { ControlInput } from '../../protocol/control'
import { ZoetropeError } from '../../protocol/errors'
import type { ClipFacts, ClipRecord, GivenFile, GivenRole } from '../../protocol/gallery'
import { GIVEN_NAMES } from '../../protocol/recipe'
import type { StudioInput } from './studio-input'

export type GivenInput = Pick<StudioInput, 'image' | 'lastImage' | 'control' | 'continues' | 'holdsColours'>

/** @param name where it has none */
export function asFile(file: Blob, name: string): File {
  return file instanceof File ? file : new File([file], name, { type: file.type })
}

/** The files of an input but for the first picture, which lies beside the clip under its own name. */
export function givenFiles({ lastImage, control = {} }: GivenInput): GivenFile[] {
  const one = (role: GivenRole, file: Blob | undefined): GivenFile[] =>
    file ? [{ role, name: file instanceof File ? file.name : role, type: file.type, file }] : []
  const { video, mask, references = [] } = control
  return [
    ...one('last-picture', lastImage),
    ...one('video', video),
    ...one('mask', mask),
    ...references.flatMap((file) => one('reference', file)),
  ]
}

/** What the gallery has of what a clip was made with. */
export interface GivenKept {
  /** That it began with. */
  readonly picture: Blob | undefined
  readonly files: readonly GivenFile[]
  /** The clip that it went on from, where the end of that is kept. */
  readonly continued: ClipRecord | undefined
}

/** What the recipe has and the browser does not, as a sentence names it. */
function missing(
  { control, imageSha256, lastImageSha256, continuesSha256 }: ClipFacts,
  { picture, files, continued }: GivenKept,
): string[] {
  const count = (role: GivenRole): number => files.filter((each) => each.role === role).length
  const lost = (control?.referenceSha256?.length ?? 0) - count('reference')
  return [
    ...(imageSha256 !== undefined && !picture ? [GIVEN_NAMES.imageSha256] : []),
    ...(continuesSha256 !== undefined && !continued ? [GIVEN_NAMES.continuesSha256] : []),
    ...(lastImageSha256 !== undefined && count('last-picture') === 0 ? [GIVEN_NAMES.lastImageSha256] : []),
    ...(control?.videoSha256 !== undefined && count('video') === 0 ? ['the control video'] : []),
    ...(control?.maskSha256 !== undefined && count('mask') === 0 ? ['the mask'] : []),
    ...(lost > 0 ? [lost === 1 ? 'a reference picture' : `${lost} reference pictures`] : []),
  ]
}

function controlOf({ control }: ClipFacts, files: readonly GivenFile[]): ControlInput | undefined {
  if (!control) return undefined
  const { task, strength, maskKeys } = control
  const all = (role: GivenRole): File[] =>
    files.filter((each) => each.role === role).map(({ name, type, file }) => new File([file], name, { type }))
  const [[video], [mask], references] = [all('video'), all('mask'), all('reference')]
  return {
    strength,
    references,
    ...(video && { video, ...(task && { task }) }),
    ...(mask && { mask, ...(maskKeys && { maskKeys }) }),
  }
}

/** The files that a clip was made with. */
export interface GivenAgain {
  readonly input: GivenInput
  /** Those that are not in this browser, as a sentence names them. */
  readonly missing: readonly string[]
}

export function givenAgain({ facts }: Pick<ClipRecord, 'facts'>, kept: GivenKept): GivenAgain {
  const { picture, files, continued } = kept
  const last = files.find(({ role }) => role === 'last-picture')
  const control = controlOf(facts, files)
  return {
    input: {
      ...(picture && { image: picture }),
      ...(last && { lastImage: new File([last.file], last.name, { type: last.type }) }),
      ...(control && { control }),
      ...(continued && { continues: continued.id }),
      ...(facts.holdsColours && { holdsColours: true }),
    },
    missing: missing(facts, kept),
  }
}

/** @throws ZoetropeError that names what is missing */
export function wholeInput({ input, missing: lost }: GivenAgain): GivenInput {
  const them = lost.length === 1 ? 'it' : 'them'
  if (lost.length > 0)
    throw new ZoetropeError(
      'storage-failed',
      `This clip was also made with ${lost.join(', ')}, and the gallery does not have ${them}. Use its settings, choose ${them} again, and generate.`,
    )
  return input
}
