// Names of the compact upscalers of Real-ESRGAN (realesr-animevideov3, realesr-general-x4v3), and the numbers of
// their shapes.
import { WeightsError } from '../../weights/error'
import { asIs, weightAndBias, type ModelKeys, type Tensors } from '../../weights/names'
import type { SrvggConfig } from './config'

/** Even indices are convolutions, odd ones the slopes between them. */
const LAYER = /^body\.(\d{1,4})\.weight$/

/** The index of the last convolution. */
function lastLayer(tensors: Tensors): number {
  return Math.max(0, ...[...tensors.keys()].map((name) => Number(LAYER.exec(name)?.[1] ?? 0)))
}

export const SRVGG_KEYS: ModelKeys = {
  model: 'upscaler',
  title: 'a compact upscaler (SRVGG)',
  namings: [{ naming: 'original', sign: 'body.0.weight', rename: () => asIs }],
  dropped: [],
  extras: [],
  foreign: [],
  expected: (tensors) =>
    Array.from({ length: lastLayer(tensors) + 1 }, (_, i) =>
      i % 2 === 0 ? weightAndBias(`body.${i}`) : [`body.${i}.weight`],
    ).flat(),
  shape: () => undefined,
}

/** The numbers of the upscaler whose tensors these are. @throws WeightsError where it is another network */
export function srvggConfigOf({
  name: file,
  tensors,
}: {
  readonly name: string
  readonly tensors: Tensors
}): SrvggConfig {
  const last = lastLayer(tensors)
  const first = tensors.get('body.0.weight')?.shape ?? []
  const [features = 0, colours] = first
  const [places = 0, inner] = tensors.get(`body.${last}.weight`)?.shape ?? []
  const factor = Math.sqrt(places / 3)
  const isSrvgg =
    first.length === 4 && colours === 3 && inner === features && last >= 2 && last % 2 === 0 && factor >= 1
  if (!isSrvgg || !Number.isInteger(factor))
    throw new WeightsError(
      file,
      `${file} has layers body.0 to body.${last}, from ${colours ?? 'no'} colours to ${places} numbers a pixel; a compact upscaler (SRVGG) goes from 3 to 12, 27 or 48. Choose realesr-animevideov3 or realesr-general-x4v3.`,
    )
  return { features, convs: last / 2 + 1, factor }
}
