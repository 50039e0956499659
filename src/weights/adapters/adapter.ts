// What a LoRA, or an adapter of another kind, adds to a model: by the model's own names, whatever its file calls them.
import type { Tensors } from '../names'
import type { WeightFile } from '../weight-file'

/** A tensor of the adapter's file as a matrix [rows, cols]; a convolution's inner dimensions are one. */
export interface Factor {
  readonly tensor: string
  readonly rows: number
  readonly cols: number
}

/** A matrix that is stored whole, or as the product of two. */
export type Product = readonly [whole: Factor] | readonly [left: Factor, right: Factor]

/** A change made of few numbers: `scale · up·down`, `scale · first ⊙ second` or `scale · first ⊗ second`. */
export type CompactDelta =
  | { readonly kind: 'lora'; readonly scale: number; readonly up: Factor; readonly down: Factor }
  | {
      readonly kind: 'loha' | 'lokr'
      readonly scale: number
      readonly first: Product
      readonly second: Product
    }

/** What is added to one tensor, W, at strength 1. */
export type Delta =
  | CompactDelta
  /** `scale · values`. */
  | { readonly kind: 'diff'; readonly scale: number; readonly values: Factor }
  /** m ⊙ (W + Δ)/‖W + Δ‖ − W, the norm of each row or of each column. */
  | {
      readonly kind: 'dora'
      readonly of: CompactDelta
      readonly magnitude: Factor
      readonly norms: 'rows' | 'columns'
    }

export interface Adapter {
  readonly file: WeightFile
  /** By the name of the model's tensor. */
  readonly deltas: ReadonlyMap<string, readonly Delta[]>
  readonly layers: {
    readonly applied: number
    /** Of the file, other models' counted too. */
    readonly of: number
  }
  /** Tensors of the file that change nothing in this model, by their names there. */
  readonly unused: readonly string[]
}

/** A model that adapters can change. */
export interface AdapterBase {
  /** For messages: "Wan's video transformer". */
  readonly title: string
  readonly tensors: Tensors
  /** The names that a tensor has in other programs, by its own. */
  spellings(name: string): readonly string[]
  /** The model whose layer has this shape, for messages: "Wan 2.1 14B". */
  trainedFor(shape: readonly number[]): string | undefined
}
