/** Where a model's files are. Structured-clonable, so that the page can send it to the worker. */
export type ModelSource =
  /**
   * A folder on this site; the address ends in a slash. It has a manifest.json, or raw files and a files.json that
   * lists them.
   */
  | { kind: 'url'; url: string }
  /**
   * Picked or dropped from the disk, and read in place. `model` is an id of the catalogue, where the user chose one.
   */
  | { kind: 'files'; files: NamedFile[]; model?: string }
  /** Downloaded before, by its id in the catalogue. */
  | { kind: 'stored'; model: string }

export interface NamedFile {
  /** Includes the folder that it was picked with: "vae/model.safetensors". */
  name: string
  file: Blob
}

/** Format of the matrices on the GPU. `auto` takes the best that fits. */
export const WEIGHT_CHOICES = ['auto', 'f16', 'q8', 'q4'] as const

export type WeightChoice = (typeof WEIGHT_CHOICES)[number]

/**
 * Type in which the transformer multiplies activations by quantised weights. `int8` rounds activations to 8 bits:
 * quicker on GPUs with dot products of int8, a little less exact, without effect where it would be slower, and never
 * chosen by the engine.
 */
export const ACTIVATION_CHOICES = ['float', 'int8'] as const

export type ActivationChoice = (typeof ACTIVATION_CHOICES)[number]

/** The user's choices of memory and precision; the engine decides the rest. */
export interface EngineChoices {
  weightFormat?: WeightChoice
  /** `float` unless given. */
  activations?: ActivationChoice
  /** GPU memory that the engine may use. */
  memoryBytes?: number
}

export interface OpenRequest extends EngineChoices {
  model: ModelSource
  /** False keeps the records of runs in memory only: nothing of them outlives the page. */
  storesRuns?: boolean
}
