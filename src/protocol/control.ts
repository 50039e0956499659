// What a clip follows or changes, of models that take a control.

/**
 * What is done with a control video. `follow`: its motion, depth, poses or edges steer the clip. `inpaint`: what the
 * mask marks is redrawn. `outpaint`: it is extended at the sides. `extend-after`: the clip continues where it ends.
 * `extend-before`: the clip leads up to its beginning.
 */
export const CONTROL_TASKS = ['follow', 'inpaint', 'outpaint', 'extend-after', 'extend-before'] as const

export type ControlTask = (typeof CONTROL_TASKS)[number]

export const CONTROL_STRENGTH = { min: 0, max: 2, usual: 1 } as const

export const MOST_REFERENCES = 4

/** Where a mask that was painted on the first frame is at another moment. */
export interface MaskKey {
  /** 0 is the first frame, 1 the last. */
  readonly at: number
  /** How far the mask has moved, in widths and heights of the video. */
  readonly x: number
  readonly y: number
}

/** How far the mask has moved at a moment from 0 to 1: evenly between keys, and not before or after them. */
export function placeAt(
  keys: readonly MaskKey[],
  moment: number,
): { readonly x: number; readonly y: number } {
  const sorted = [...keys].sort((a, b) => a.at - b.at)
  const next = sorted.find(({ at }) => at >= moment)
  const last = sorted.findLast(({ at }) => at <= moment)
  if (!next || !last) return next ?? last ?? { x: 0, y: 0 }
  const share = next.at === last.at ? 0 : (moment - last.at) / (next.at - last.at)
  return { x: last.x + share * (next.x - last.x), y: last.y + share * (next.y - last.y) }
}

export interface ControlInput {
  /** A video or a picture. */
  readonly video?: Blob
  /** `inpaint` by default where there is a mask, else `follow`. */
  readonly task?: ControlTask
  /** A picture or a video: what is white is redrawn. */
  readonly mask?: Blob
  /** Moves a mask that is a picture; between keys it moves evenly. */
  readonly maskKeys?: readonly MaskKey[]
  /** Pictures of what should be seen: a person, a thing, a place. */
  readonly references?: readonly Blob[]
  /** How strongly all of it counts. */
  readonly strength?: number
}

/** The same in a recipe, with the files' hashes: of a picture's size and pixels, of a video's bytes. */
export interface ControlMetadata {
  task?: ControlTask
  videoSha256?: string
  maskSha256?: string
  maskKeys?: readonly MaskKey[]
  referenceSha256?: string[]
  strength: number
}
