// A clip as it is asked for, and the facts about it that a result repeats.
import { version } from '../../package.json'
import type { StageTime } from '../protocol/engine'
import type { MemoryPlan } from '../protocol/progress'
import type { ClipMetadata, GenerationSettings } from '../protocol/settings'
import type { GivenControl } from './given-control'
import type { Shown } from './given-picture'
import { stageBytes } from './memory/dry-run'
import { loraReport, type ClipLora } from './model/loras'
import { withFilesFor } from './model/on-demand'
import type { ModelFiles } from './model/opened'
import type { Given } from './runs/given-files'
import type { RunFacts } from './runs/run-facts'
import type { RunRecord } from './runs/run-record'

const APP = { app: 'Zoetrope', appVersion: version }

/** What a clip is made of. */
export interface Materials extends Shown {
  /** The model, and what was given with the clip. */
  readonly files: ModelFiles
  readonly loras?: readonly ClipLora[]
  /** Name of the upscaler that was given. */
  readonly upscaler?: string
  readonly control?: GivenControl
}

/** A clip to make. */
export interface ClipJob {
  readonly settings: GenerationSettings
  readonly materials: Materials
  /** The files that were given with it, to be kept with its run. */
  readonly given: Given
  /** An interrupted run to go on with. */
  readonly interrupted?: RunRecord
  /** Whether that keeps its own formats and variants, and so its bits. */
  readonly isSettled?: boolean
  /** Whether its record stays once it is made, for the caller to discard. */
  readonly leavesRun?: boolean
}

/** Formats and variants of a run. */
export type Chosen = Pick<RunFacts, 'residency' | 'variants' | 'notes'>

/** The model with all the files that the clip needs. @throws WeightsError where one cannot be had */
export async function complete(given: Materials, settings: GenerationSettings): Promise<Materials> {
  return { ...given, files: await withFilesFor(given.files, settings, given.pictures !== undefined) }
}

export function metadataOf(
  settings: GenerationSettings,
  { files, upscaler, loras = [], ...shown }: Materials,
): ClipMetadata {
  const { id, version: modelVersion, defaults } = files.manifest
  return {
    ...settings,
    ...APP,
    model: id,
    modelVersion,
    fps: defaults.fps,
    ...factsOf(shown),
    ...(upscaler !== undefined && settings.upscale > 1 && { upscaler }),
    ...(loras.length > 0 && { loras: loras.map(loraReport) }),
  }
}

/** The texts of a clip, in their order. */
export const PROMPTS = ['prompt', 'negative prompt']

export function tooLong(name: string, { manifest, networks }: ModelFiles): string {
  return `The ${name} was longer than the ${networks.maxTokens} tokens that ${manifest.name} reads; the rest was left out.`
}

/** What a recipe says of the pictures, and of the clip that this one goes on from. */
function factsOf({ pictures, rowColours, holdsColours }: Shown): Partial<ClipMetadata> {
  if (!pictures) return {}
  const { first, last } = pictures
  return {
    ...('rgb' in first ? { imageSha256: first.sha256 } : { continuesSha256: first.sha256 }),
    ...(last && { lastImageSha256: last.sha256 }),
    ...(holdsColours && rowColours && { holdsColours }),
  }
}

export function withPlan(time: StageTime, { stages }: MemoryPlan): StageTime {
  const planned = stages.find(({ stage }) => stage === time.stage)
  return planned ? { ...time, plannedGpuBytes: stageBytes(planned) } : time
}
