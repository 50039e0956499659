/** The numbers of a compact SRVGG upscaler: 3×3 convolutions with PReLU at the small size, then one pixel shuffle. */
export interface SrvggConfig {
  readonly features: number
  /** Convolutions, the first and the last included. */
  readonly convs: number
  /** Pixels that a pixel becomes, along either side. */
  readonly factor: number
}
