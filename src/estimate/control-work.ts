// What a control adds to the work of a clip.
import type { ControlInput, ControlMetadata } from '../protocol/control'
import type { ControlWork } from '../protocol/estimate'

interface Shown {
  readonly strength: number
  readonly references: number
  /** Whether there are frames beside grey ones: a video, or a picture that the clip begins or ends with. */
  readonly hasFrames: boolean
}

/** A control of strength 0 is left out. */
function workOfShown({ strength, references, hasFrames }: Shown, numFrames: number): ControlWork | undefined {
  if (strength === 0 || (references === 0 && !hasFrames)) return undefined
  // What is kept and what is made are encoded apart; without frames both are the same grey.
  return { references, encodedFrames: (hasFrames ? 2 : 1) * numFrames + references }
}

/** Of a clip that is asked for from a model that takes a control. */
export function controlWork(
  {
    control = {},
    image,
    lastImage,
  }: { readonly control?: ControlInput; readonly image?: Blob; readonly lastImage?: Blob },
  numFrames: number,
): ControlWork | undefined {
  const { video, references = [], strength = 1 } = control
  const hasFrames = [video, image, lastImage].some((file) => file !== undefined)
  return workOfShown({ strength, references: references.length, hasFrames }, numFrames)
}

/** Of a clip that was made, by its recipe. */
export function controlWorkOf({
  control,
  imageSha256,
  lastImageSha256,
  numFrames,
}: {
  readonly control?: ControlMetadata
  readonly imageSha256?: string
  readonly lastImageSha256?: string
  readonly numFrames: number
}): ControlWork | undefined {
  if (!control) return undefined
  const { videoSha256, referenceSha256 = [], strength } = control
  const hasFrames = [videoSha256, imageSha256, lastImageSha256].some((hash) => hash !== undefined)
  return workOfShown({ strength, references: referenceSha256.length, hasFrames }, numFrames)
}
