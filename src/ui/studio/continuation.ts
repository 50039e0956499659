// A clip that goes on from the end of another, which is kept beside that one in the gallery.
import type { ClipRecord } from '../../protocol/gallery'
import type { GenerationInput, ModelCard } from '../../protocol/engine'
import type { StudioClient } from '../../worker/studio-client'
import { isObject } from '../kept'
import type { StudioInput } from './studio-input'

export interface Continuation {
  /** Its id in the gallery. */
  readonly clip: string
  /** Of the model that made it. */
  readonly model: string
  /** Of the clip, and so of the next one. */
  readonly width: number
  readonly height: number
}

type ContinuingModel = Pick<ModelCard, 'id' | 'takesPicture' | 'takesControl' | 'live'>

/** Undefined where only a compressed frame of the clip can be had, or the model has no use for another. */
export function continuationOf(
  { id, facts, end }: ClipRecord,
  model: ContinuingModel | undefined,
): Continuation | undefined {
  if (end === undefined || !goesOn(model) || model?.id !== facts.model) return undefined
  return { clip: id, model: facts.model, width: facts.width, height: facts.height }
}

/**
 * Whether clips of a model can go on from an end: those that follow a control extend a video instead, and those that
 * are made as films keep none.
 */
export function goesOn(model: Omit<ContinuingModel, 'id'> | undefined): boolean {
  return model?.takesPicture === true && model.takesControl !== true && model.live?.clipsAreFilms !== true
}

export function readContinuation(value: unknown): Continuation | undefined {
  if (!isObject(value)) return undefined
  const { clip, model, width, height } = value
  return typeof clip === 'string' &&
    typeof model === 'string' &&
    typeof width === 'number' &&
    typeof height === 'number'
    ? { clip, model, width, height }
    : undefined
}

/** The input with the end of the clip that it continues. @throws ZoetropeError where that is gone */
export async function withEnd<Input extends Pick<StudioInput, 'continues'>>(
  { continues, ...input }: Input,
  files: Pick<StudioClient, 'end'>,
): Promise<Omit<Input, 'continues'> & Pick<GenerationInput, 'continueFrom'>> {
  return { ...input, ...(continues !== undefined && { continueFrom: await files.end(continues) }) }
}
