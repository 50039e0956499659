import type { Loading, TextModel } from '../family'
import { allocateEncoder } from './buffers'
import type { TextEncoderConfig } from './config'
import { allFormats, encodePrompt } from './encoder'

/**
 * Weights of a layer up to which the CPU computes it: a GPU would take longer to compile the shaders, and to pass the
 * layers to it, than the CPU takes for all of it.
 */
const SMALL_LAYER = 2 ** 19

/** Whether the encoder needs no GPU. */
export function isForCpu({ dim, dimAttn, dimFfn }: TextEncoderConfig): boolean {
  return dim * (4 * dimAttn + 3 * dimFfn) <= SMALL_LAYER
}

/**
 * umT5 from the file of role `textEncoder`. It reads its layers while it encodes; a dry run allocates what the
 * longest prompt takes. @throws WeightsError where the file belongs to another model
 */
export async function openUmt5(at: Loading, config: TextEncoderConfig): Promise<TextModel> {
  const { device, residency, signal, ops, isLean = false } = at
  const weights = at.weights['textEncoder']!
  const onCpu = isForCpu(config)
  if (device) {
    return {
      encode: (ids, { onStep, onBytes } = {}) =>
        encodePrompt({
          ...(!onCpu && { device }),
          config,
          weights,
          ids,
          format: residency.text,
          isLean,
          ...(signal && { signal }),
          ...(onStep && { onLayer: onStep }),
          ...(onBytes && { onBytes: (_own, all) => onBytes(all) }),
        }),
      release: () => {},
    }
  }
  const before = ops.pool.mark()
  if (!onCpu)
    allocateEncoder(ops.pool, config, at.tokens, allFormats(weights, config, residency.text), isLean)
  return {
    encode: async (ids) => new Float32Array(ids.length * config.dim),
    release: () => ops.pool.releaseSince(before),
  }
}
