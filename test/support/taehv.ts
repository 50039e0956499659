import { readdirSync } from 'node:fs'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { taehvShapes } from '../../src/cli/synthesize/shapes'
import type { TaehvConfig } from '../../src/models/taehv/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { goldenDir, goldenMetadata, openGolden } from './golden'

/** The goldens of tiny autoencoders, whatever their dims: `taew2_1`, say. */
export function taehvGoldens(): string[] {
  return readdirSync(goldenDir()).flatMap((name) => /^(tae\w+)\.golden\.safetensors$/.exec(name)?.[1] ?? [])
}

/** The official config's names as ours. */
export function taehvConfig(golden: WeightFile): TaehvConfig {
  const config = goldenMetadata(golden)
  const factors = (name: string): [number, number, number] =>
    (config[name] as boolean[]).map((isDouble) => (isDouble ? 2 : 1)) as [number, number, number]
  return {
    variant: config['arch_variant'] as 'base' | 'super',
    latentChannels: Number(config['latent_channels']),
    patch: Number(config['patch_size']),
    channels: config['channels'] as [number, number, number, number],
    timeUpscale: factors('decoder_time_upscale'),
    encoder: {
      channels: Number(config['encoder_channels']),
      timeDownscale: factors('encoder_time_downscale'),
    },
  }
}

export interface TaehvGolden {
  readonly golden: WeightFile
  readonly weights: WeightFile
  readonly config: TaehvConfig
  /** Of the numbers of a layer's output, how many stand between two that are stored. */
  readonly sampleStride: number
}

/** A golden, and its weights: a file beside it, or the formula with the golden's salt. */
export async function openTaehv(name: string): Promise<TaehvGolden> {
  const golden = await openGolden(`${name}.golden`)
  const config = taehvConfig(golden)
  const isFormula = golden.metadata['weights'] === 'formula'
  return {
    golden,
    config,
    weights: isFormula
      ? formulaFile(name, taehvShapes(config), golden.metadata['salt'] ?? '')
      : await openGolden(`${name}.weights`),
    sampleStride: Number(golden.metadata['sampleStride'] ?? 1),
  }
}
