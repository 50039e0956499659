import type { CheckedJson } from '../../weights/sources/checked-json'

/** The numbers that Wan's VAEs have in common. */
export interface CausalVaeConfig {
  readonly dim: number
  readonly zDim: number
  readonly dimMult: readonly number[]
  readonly numResBlocks: number
  /** One per halving of height and width, outermost first, in the encoder's order. */
  readonly temporalDownsample: readonly boolean[]
  /** Per latent channel: latents of the DiT = (latents of the VAE − mean) / std. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** Reads the numbers of a manifest. @throws WeightsError */
export function parseCausalVae(at: CheckedJson): CausalVaeConfig {
  const { dim, zDim, numResBlocks } = at.dims(['dim', 'zDim', 'numResBlocks'])
  const dimMult = at
    .get('dimMult')
    .items()
    .map((item) => item.integer(1, 64))
  if (dimMult.length < 2 || dimMult.length > 6) throw at.get('dimMult').error('a list of 2 to 6')
  return {
    dim,
    zDim,
    dimMult,
    numResBlocks,
    temporalDownsample: at
      .get('temporalDownsample')
      .items(dimMult.length - 1)
      .map((item) => item.boolean()),
    mean: at
      .get('mean')
      .items(zDim)
      .map((item) => item.number(-1e6, 1e6)),
    std: at
      .get('std')
      .items(zDim)
      .map((item) => item.number(1e-6, 1e6)),
  }
}
