// Begins the record of a run, and takes an interrupted one up.
import type { Gpu } from '../../gpu/device'
import type { GenerationInput } from '../../protocol/engine'
import { ZoetropeError } from '../../protocol/errors'
import type { ResumeRequest } from '../../protocol/runs'
import type { Clip } from '../clip'
import type { Chosen, ClipJob } from '../clip-job'
import type { ModelFiles } from '../model/opened'
import { givenBytes, givenFacts, givenOf, withBarePictures, type Given } from './given-files'
import { gpuDifference, gpuFacts, modelFingerprint, type RunFacts } from './run-facts'
import { RunRecord, type RunStores } from './run-record'
import { roomFor } from './run-room'

const GONE = 'The interrupted run is no longer in this browser. Make the video again.'

export interface TakenUp {
  readonly record: RunRecord
  readonly facts: RunFacts
  /** Whether it keeps its own formats and variants, and so its bits. */
  readonly isSettled: boolean
  readonly notes: readonly string[]
}

/**
 * An interrupted run, ready to go on with this model on this GPU; undefined where it is gone and a new one may begin.
 * @throws ZoetropeError `other-gpu` where it would have other bits here and nobody has agreed to that;
 * `model-missing` where it was begun with another model; `busy` or `storage-failed` where it cannot be had now
 */
export async function takeUp(
  runs: RunStores,
  { run, onAnyGpu = false, orAnew = false }: ResumeRequest,
  files: ModelFiles,
  gpu: Gpu,
): Promise<TakenUp | undefined> {
  const record = await RunRecord.open(runs, run)
  if (!record) {
    if (orAnew) return undefined
    throw new ZoetropeError('storage-failed', GONE)
  }
  try {
    const { facts } = record
    if (facts.model.fingerprint !== (await modelFingerprint(files)))
      throw new ZoetropeError(
        'model-missing',
        `The interrupted run began with ${facts.model.title}, and now ${files.manifest.name} is open, or other files of that model. Choose the model it began with and continue, or discard the run.`,
      )
    const difference = gpuDifference(facts.gpu, gpuFacts(gpu))
    if (difference !== undefined && !onAnyGpu)
      throw new ZoetropeError(
        'other-gpu',
        `${difference} It can continue here, but not with the same bits: the rest of the video will differ from what it would have been. Continue anyway, or discard it.`,
      )
    return {
      record,
      facts,
      isSettled: difference === undefined,
      notes: difference === undefined ? [] : [`${difference} It went on here all the same, with other bits.`],
    }
  } catch (error) {
    record.close()
    throw error
  }
}

/**
 * The files of a run: its own, or those of the input where it could not keep them.
 * @throws ZoetropeError where they are not those that it was begun with
 */
export async function ownGiven(record: RunRecord, facts: RunFacts, input: GenerationInput): Promise<Given> {
  const given = (await record.given()) ?? (await withBarePictures(givenOf(input)))
  if (JSON.stringify(givenFacts(given)) === JSON.stringify(facts.files)) return given
  const names = facts.files.map(({ role, name }) => name ?? role)
  throw new ZoetropeError(
    'model-missing',
    `The interrupted run needs ${names.join(', ')}, which could not be kept with it. Make the video again, or discard the run.`,
  )
}

/** The record of a run that begins, or the one that goes on, with what was chosen for it now. */
export async function recordOf(
  runs: RunStores,
  { settings, materials, given }: ClipJob,
  clip: Clip,
  gpu: Gpu,
  chosen: Chosen,
  record: RunRecord | undefined,
  settled: Chosen | undefined,
): Promise<RunRecord> {
  const { files } = materials
  if (record) {
    if (!settled) await record.revise({ ...record.facts, ...chosen, gpu: gpuFacts(gpu) })
    return record
  }
  const bare = await withBarePictures(given)
  const { id, name: title } = files.manifest
  const facts: RunFacts = {
    begunAt: Date.now(),
    settings,
    model: { id, title, fingerprint: await modelFingerprint(files) },
    files: givenFacts(bare),
    gpu: gpuFacts(gpu),
    ...chosen,
  }
  return RunRecord.begin(runs, facts, roomFor(files.networks, clip, givenBytes(bare)), bare)
}
