// What a kept run is: everything that its bits depend on.
import { version } from '../../../package.json'
import type { Gpu } from '../../gpu/device'
import { shaderFingerprint } from '../../gpu/shader-source'
import type { Variants } from '../../gpu/variants'
import type { Residency } from '../../models/family'
import type { StageSeconds } from '../../protocol/estimate'
import type { GenerationSettings } from '../../protocol/settings'
import { CheckedJson } from '../../weights/sources/checked-json'
import { sha256Hex } from '../../weights/sources/sha256'
import type { ModelFiles } from '../model/opened'
import type { GivenFact } from './given-files'

/** The facts about a GPU, and about this app on it, with which a run gives the same bits. */
export interface GpuFacts {
  readonly adapter: string
  readonly storage: string
  readonly activations: string
  readonly features: string
  readonly build: string
}

export interface RunFacts {
  /** Milliseconds since 1970. */
  readonly begunAt: number
  readonly settings: GenerationSettings
  readonly model: { readonly id: string; readonly title: string; readonly fingerprint: string }
  readonly files: readonly GivenFact[]
  readonly gpu: GpuFacts
  readonly variants: Variants
  readonly residency: Residency
  /** Sentences for the result. */
  readonly notes: readonly string[]
}

/** What every save says beside its own facts. */
export interface SavedAt {
  readonly seconds: StageSeconds
}

export function gpuFacts({
  adapter,
  storage,
  activations,
  device,
  subgroupSize,
  matrixShape,
}: Gpu): GpuFacts {
  return {
    adapter,
    storage,
    activations,
    features: [...[...device.features].sort(), `subgroups of ${subgroupSize ?? '?'}`, matrixShape ?? ''].join(
      ' ',
    ),
    build: `${version} ${shaderFingerprint()}`,
  }
}

/** Of the model's files: another version, quantisation or training has another. */
export async function modelFingerprint({ manifest, changedAt = '' }: ModelFiles): Promise<string> {
  const { id, version: own, files } = manifest
  const text = JSON.stringify([
    id,
    own,
    files.map(({ role, bytes, sha256 = '' }) => [role, bytes, sha256]),
    changedAt,
  ])
  return sha256Hex(new TextEncoder().encode(text))
}

/** What differs between two GPUs, in words; undefined where a run gives the same bits on both. */
export function gpuDifference(then: GpuFacts, now: GpuFacts): string | undefined {
  if (then.adapter !== now.adapter) return `This run began on ${then.adapter}; this GPU is ${now.adapter}.`
  if (then.build !== now.build) return 'This run began in another version of Zoetrope.'
  const same = then.storage === now.storage && then.features === now.features
  if (!same) return `This run began on ${then.adapter} with another browser or driver.`
  if (then.activations !== now.activations)
    return `This run began with ${then.activations} activations; now they are ${now.activations}.`
  return undefined
}

/** Facts from the disk. @throws WeightsError where they are not those of a run */
export function readFacts(json: unknown): RunFacts {
  const at = new CheckedJson(json, "A run's record")
  at.get('begunAt').number(0, Number.MAX_SAFE_INTEGER)
  for (const name of ['prompt', 'negativePrompt']) at.get('settings').get(name).text(/^/)
  for (const name of ['seed', 'width', 'height', 'numFrames', 'numInferenceSteps'])
    at.get('settings').get(name).integer(0, Number.MAX_SAFE_INTEGER)
  for (const name of ['id', 'title', 'fingerprint']) at.get('model').get(name).text()
  for (const name of ['adapter', 'storage', 'activations', 'features', 'build'])
    at.get('gpu').get(name).text(/^/)
  for (const name of ['linear', 'attention', 'norms', 'convolution']) at.get('variants').get(name).text()
  at.get('residency').get('text').oneOf(['f32', 'q8', 'q4'])
  at.get('residency').get('weights').oneOf(['f16', 'q8', 'q4'])
  at.get('residency').get('streamed').boolean()
  at.get('notes')
    .items()
    .map((note) => note.text())
  for (const file of at.get('files').items()) file.get('bytes').integer(0, Number.MAX_SAFE_INTEGER)
  return json as RunFacts
}
