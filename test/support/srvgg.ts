import { readdirSync } from 'node:fs'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { srvggShapes } from '../../src/cli/synthesize/shapes'
import type { SrvggConfig } from '../../src/models/srvgg/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { goldenDir, goldenMetadata, openGolden, OWN_GOLDENS } from './golden'

const namesIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => /^(srvgg\w*)\.golden\.safetensors$/.exec(name)?.[1] ?? [])

/** Another folder of goldens may have none of upscalers: these are made here. */
const FOLDER = namesIn(goldenDir()).length > 0 ? goldenDir() : OWN_GOLDENS

/** The goldens of upscalers, whatever their dims: `srvgg_tiny`, say. */
export function srvggGoldens(): string[] {
  return namesIn(FOLDER)
}

export interface SrvggGolden {
  readonly golden: WeightFile
  readonly weights: WeightFile
  readonly config: SrvggConfig
  /** Of the numbers of a layer's output, how many stand between two that are stored. */
  readonly sampleStride: number
}

/** A golden with its formula weights. */
export async function openSrvgg(name: string): Promise<SrvggGolden> {
  const golden = await openGolden(`${name}.golden`, FOLDER)
  const { num_feat, num_conv, upscale } = goldenMetadata(golden)
  const config = { features: Number(num_feat), convs: Number(num_conv) + 2, factor: Number(upscale) }
  return {
    golden,
    config,
    weights: formulaFile(name, srvggShapes(config), golden.metadata['salt'] ?? ''),
    sampleStride: Number(golden.metadata['sampleStride'] ?? 1),
  }
}
