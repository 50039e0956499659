// A model's file with adapters on it: vectors are changed as they are read, matrices get side paths.
import type { WeightFile } from '../weight-file'
import { changesOf, mergeChanges, type AppliedAdapter, type Change } from './merge'

export interface AdaptedFile {
  /** The model's file, its norms, biases and modulations changed. */
  readonly file: WeightFile
  /** Its matrices as they are, of which side paths depend. */
  readonly base: WeightFile
  /** What is added to the matrices, by their names. */
  readonly changes: ReadonlyMap<string, readonly Change[]>
}

/** @throws WeightsError where a strength is none */
export function adaptFile(base: WeightFile, applied: readonly AppliedAdapter[]): AdaptedFile {
  const isMatrix = (name: string): boolean =>
    name.endsWith('.weight') && (base.tensors.get(name)?.shape.length ?? 0) > 1
  const all = [...changesOf(applied)]
  return {
    file: mergeChanges(base, new Map(all.filter(([name]) => !isMatrix(name)))),
    base,
    changes: new Map(all.filter(([name]) => isMatrix(name))),
  }
}
