// How a checkpoint's tensors are named, as data: one `ModelKeys` for each model that a file may hold.
import type { TensorEntry } from './weight-file'

export type WanModel = 'dit' | 'vaceModule' | 'textEncoder' | 'vae' | 'tinyDecoder' | 'upscaler'

/** The origin of names: Wan's own, the diffusers and transformers libraries, or llama.cpp's T5. */
export type Naming = 'original' | 'diffusers' | 'transformers' | 'llama.cpp'

/** The tensors of one model by their names in a file, without the prefix. */
export type Tensors = ReadonlyMap<string, TensorEntry>

/** Returns the original name of a tensor; unknown names stay as they are. */
export type Rename = (name: string) => string

export interface NamingRules {
  readonly naming: Naming
  /** A name that occurs only in this naming; the text before it in a file is the common prefix. */
  readonly sign: string
  rename(tensors: Tensors): Rename
}

export interface ModelKeys {
  readonly model: WanModel
  /** For messages: "Wan's video transformer". */
  readonly title: string
  readonly namings: readonly NamingRules[]
  /** Names in the file of tensors that text to video does not use. */
  readonly dropped: readonly RegExp[]
  /** Kept under their own names with any prefix; not part of the model. */
  readonly extras: readonly string[]
  /** Original names that only another model has, and a description of it. */
  readonly foreign: readonly (readonly [pattern: RegExp, what: string])[]
  /** A description of another model that has the same names except for the missing ones. */
  lookalike?(missing: readonly string[]): string | undefined
  /** Required original names, derived from the existing ones. */
  expected(tensors: Tensors): string[]
  /** The original shape of a tensor that this file stores in another. */
  shape(name: string, tensors: Tensors): readonly number[] | undefined
}

/** Renames by the first matching pattern; `$1` is its first group. */
export function renameBy(rules: readonly (readonly [pattern: RegExp, replacement: string])[]): Rename {
  return (name) => {
    const rule = rules.find(([pattern]) => pattern.test(name))
    return rule ? name.replace(rule[0], rule[1]) : name
  }
}

export const asIs: Rename = (name) => name

/** `blocks.0`, `blocks.1`, … as many as `tensors` contains; a gap in the numbering leads to missing names. */
export function layersOf(tensors: Tensors, list: string): string[] {
  const indices = new Set<string>()
  for (const name of tensors.keys()) {
    if (!name.startsWith(`${list}.`)) continue
    const index = name.slice(list.length + 1, name.indexOf('.', list.length + 1))
    if (/^\d{1,6}$/.test(index)) indices.add(index)
  }
  return Array.from(indices, (_, i) => `${list}.${i}`)
}

/** `name.weight` and `name.bias`. */
export function weightAndBias(...names: readonly string[]): string[] {
  return names.flatMap((name) => [`${name}.weight`, `${name}.bias`])
}
