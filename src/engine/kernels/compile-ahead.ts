import { dryOps, type Ops } from '../../gpu/ops'
import type { Recorder } from '../../gpu/recorder'
import type { GenerationSettings } from '../../protocol/settings'
import { rehearse, type Residency } from '../memory/dry-run'
import type { ModelFiles } from '../model/opened'

/**
 * Begins to compile all kernels that a clip's transformer and decoder will run, so that they are ready after the text
 * encoder. One that does not compile is told by the stage that needs it. @param tokens as for `planStages`
 */
export async function compileAhead(
  files: ModelFiles,
  settings: GenerationSettings,
  tokens: readonly number[],
  residency: Residency,
  ops: Ops & { readonly recorder: Recorder },
): Promise<void> {
  const compiling = (): Ops => ({
    ...dryOps(ops.storage, ops.maxBindingBytes),
    variants: ops.variants,
    activations: ops.activations,
    run: (kernel, call) => void ops.recorder.prepare(kernel, call),
  })
  await rehearse(files, settings, tokens, residency, { denoise: compiling(), decode: compiling() })
}
