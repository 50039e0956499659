/** The numbers of a diffusion transformer of Wan's architecture. */
export interface DitConfig {
  readonly dim: number
  readonly ffnDim: number
  readonly numHeads: number
  readonly numLayers: number
  readonly inDim: number
  readonly outDim: number
  /** Time, height, width, in latent elements. */
  readonly patchSize: readonly [number, number, number]
  readonly textDim: number
  readonly textLen: number
  readonly freqDim: number
  readonly eps: number
}
