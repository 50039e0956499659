// What a family of models is to the engine: how its files are recognised, its geometry, and its three networks.

/** The timesteps of one pass. */
export interface Timesteps {
  /** 0 … 1000; as the few-step recipes have them, also fractions. */
  readonly values: readonly number[]
  /**
   * Which of the values a token has: all the first where this is absent; one a latent frame, in order; or, for each token of
   * the pass, the index of its value.
   */
  readonly rowOf?: 'frame' | Uint32Array<ArrayBuffer>
}
