// The goldens' configs, in the names of the official implementation, as the engine's.
import type { DitConfig } from '../../src/models/wan-dit/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { goldenMetadata } from './golden'

/** @param key of the metadata; a pipeline's golden has the numbers of several networks */
export function ditConfig(file: WeightFile, key = 'config'): DitConfig {
  const config = goldenMetadata(file, key)
  const number = (key: string): number => {
    const value = config[key]
    if (typeof value !== 'number')
      throw new TypeError(`${file.name} has ${key} = ${JSON.stringify(value)}; needed a number.`)
    return value
  }
  return {
    dim: number('dim'),
    ffnDim: number('ffn_dim'),
    numHeads: number('num_heads'),
    numLayers: number('num_layers'),
    inDim: number('in_dim'),
    outDim: number('out_dim'),
    patchSize: config['patch_size'] as DitConfig['patchSize'],
    textDim: number('text_dim'),
    textLen: number('text_len'),
    freqDim: number('freq_dim'),
    eps: 1e-6,
    ...(Array.isArray(config['vace_layers']) && {
      vace: { layers: config['vace_layers'] as number[], inDim: number('vace_in_dim') },
    }),
  }
}
