import { dryOps, type Ops } from '../../gpu/ops'
import type { Recorder } from '../../gpu/recorder'
import type { Residency } from '../../models/family'
import type { Clip } from '../clip'
import { dryRun } from '../memory/dry-run'
import type { ModelFiles } from '../model/opened'

/**
 * Begins to compile all kernels that a clip will run, so that they are ready after the text encoder. The phase that needs a
 * kernel reports that it does not compile.
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
