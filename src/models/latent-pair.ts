// Whether a transformer and a VAE share their latents.
import { WeightsError } from '../weights/error'
import type { WeightFile } from '../weights/weight-file'

/** Of the VAEs of Wan, by the channels of their latents. */
const VAES: Readonly<Record<number, { readonly title: string; readonly file: string }>> = {
  16: { title: "Wan 2.1's VAE", file: 'wan_2.1_vae.safetensors' },
  48: { title: "Wan 2.2's VAE", file: 'wan2.2_vae.safetensors' },
}

/** A network's file, and the channels of the latents that it gives or reads. */
export interface LatentSide {
  readonly file: WeightFile
  readonly channels: number
}

/** @throws WeightsError naming both files, where the VAE does not read what the transformer makes */
export function requireLatentPair(dit: LatentSide, vae: LatentSide): void {
  if (dit.channels === vae.channels) return
  const own = VAES[vae.channels]
  const wanted = VAES[dit.channels]
  throw new WeightsError(
    vae.file.name,
    `${dit.file.name} makes latents of ${dit.channels} channels, and ${vae.file.name}${own ? ` is ${own.title}, which reads` : ' reads'} ${vae.channels}: they do not belong together. ${
      wanted ? `Put ${wanted.file} beside the transformer.` : 'Choose the files of one model.'
    }`,
  )
}
