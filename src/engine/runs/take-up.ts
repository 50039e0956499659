import type { Gpu } from '../../gpu/device'
import { ZoetropeError } from '../../protocol/errors'
import type { Limits } from '../../protocol/limits'
import { normaliseSettings } from '../../protocol/normalise'
import type { ResumeRequest } from '../../protocol/runs'
import type { ClipJob } from '../clip-maker'
import type { ModelFiles } from '../model/opened'
import { gpuDifference, gpuFacts, modelFingerprint } from './run-facts'
import { RunRecord, type RunStores } from './run-record'

const GONE =
  'The interrupted run is not in this browser any more, or another tab is making it. Make the video anew.'

/**
 * An interrupted run, ready to go on with this model on this GPU; undefined where it is gone and a new one may begin.
 * @throws ZoetropeError `other-gpu` where it would have other bits here and nobody has agreed to that;
 * `model-invalid` where it was begun with another model
 */
export async function takeUp(
  runs: RunStores,
  { run, onAnyGpu = false, orAnew = false }: ResumeRequest,
  files: ModelFiles,
  gpu: Gpu,
  limits: Limits,
): Promise<(ClipJob & { readonly notes: readonly string[] }) | undefined> {
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
        `The interrupted run was begun with ${facts.model.title}, and ${files.manifest.name} is open now, or other files of it. Choose that model and continue, or discard the run.`,
      )
    const checked = normaliseSettings(facts.settings, limits)
    if (!checked.ok) throw new ZoetropeError('invalid-settings', checked.reason)
    const difference = gpuDifference(facts.gpu, gpuFacts(gpu))
    if (difference !== undefined && !onAnyGpu)
      throw new ZoetropeError(
        'other-gpu',
        `${difference} It can go on here, but not with the same bits: the rest of the video differs from what it would have been. Continue all the same, or discard it.`,
      )
    const picture = await record.picture()
    return {
      settings: checked.settings,
      ...(picture && { picture }),
      interrupted: record,
      isSettled: difference === undefined,
      notes: difference === undefined ? [] : [`${difference} It went on here all the same, with other bits.`],
    }
  } catch (error) {
    record.close()
    throw error
  }
}
