import { dryOps, type Ops } from '../../gpu/ops'
import type { Recorder } from '../../gpu/recorder'
import type { Residency } from '../../models/family'
import type { Clip } from '../clip'
import { dryRun } from '../memory/dry-run'
import type { ModelFiles } from '../model/opened'

/**
 * Starts to compile all kernels of a clip, so that they are ready after the text encoder. A kernel that does not
 * compile fails the phase that needs it.
 */
export async function compileAhead(
  files: ModelFiles,
  clip: Clip,
  residency: Residency,
  ops: Ops & { readonly recorder: Recorder },
): Promise<void> {
  await dryRun(files, clip, residency, {
    ...dryOps(ops.storage, ops.maxBindingBytes),
    variants: ops.variants,
    activations: ops.activations,
    run: (kernel, call) => void ops.recorder.prepare(kernel, call),
  })
}
