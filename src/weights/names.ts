// How a checkpoint's tensors are named, as data: one `ModelKeys` for each model that a file may hold.
import type { TensorEntry } from './weight-file'

export type WanModel = 'dit' | 'textEncoder' | 'vae' | 'tinyDecoder' | 'upscaler'

/** Whose names: Wan's own, those of the diffusers and transformers libraries, or those of llama.cpp's T5. */
export type Naming = 'original' | 'diffusers' | 'transformers' | 'llama.cpp'

/** The tensors of one model by the names they have in a file, less the prefix. */
export type Tensors = ReadonlyMap<string, TensorEntry>

/** Gives the original name of a tensor; an unknown name stays as it is. */
export type Rename = (name: string) => string

export interface NamingRules {
  readonly naming: Naming
  /** A name that occurs in this naming only; what stands before it in a file is the prefix of all. */
  readonly sign: string
  rename(tensors: Tensors): Rename
}

export interface ModelKeys {
  readonly model: WanModel
  /** For messages: "Wan's video transformer". */
  readonly title: string
  readonly namings: readonly NamingRules[]
  /** Names in the file of tensors that text to video does without. */
  readonly dropped: readonly RegExp[]
  /** Kept under their own names, wherever the prefix is; they are not the model's. */
  readonly extras: readonly string[]
  /** Original names that only another model has, and the sentence about it. */
  readonly foreign: readonly (readonly [pattern: RegExp, what: string])[]
  /** The sentence about another model that has these names but for the ones that are missing. */
  lookalike?(missing: readonly string[]): string | undefined
  /** Original names that must be there, judged by those that are. */
  expected(tensors: Tensors): string[]
  /** The original shape of a tensor that this file has in another. */
  shape(name: string, tensors: Tensors): readonly number[] | undefined
}

/** A renaming by the first pattern that matches; `$1` stands for its first group. */
export function renameBy(rules: readonly (readonly [pattern: RegExp, replacement: string])[]): Rename {
  return (name) => {
    const rule = rules.find(([pattern]) => pattern.test(name))
    return rule ? name.replace(rule[0], rule[1]) : name
  }
}

export const asIs: Rename = (name) => name

/** `blocks.0`, `blocks.1`, … for as many as `tensors` has of them: a hole in the count shows as missing names. */
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
