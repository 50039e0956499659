import type { Loading, TextModel } from '../family'
import { allocateEncoder } from './buffers'
import type { TextEncoderConfig } from './config'
import { allFormats, encodePrompt } from './encoder'

/**
 * umT5 from the file of role `textEncoder`. It reads its layers while it encodes; a dry run allocates what the
 * longest prompt takes. @throws WeightsError where the file belongs to another model
 */
export async function openUmt5(at: Loading, config: TextEncoderConfig): Promise<TextModel> {
  const { device, residency, signal, ops, isLean = false } = at
  const weights = at.weights['textEncoder']!
  if (device) {
    return {
      encode: (ids, { onStep, onBytes } = {}) =>
        encodePrompt({
          device,
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
  allocateEncoder(ops.pool, config, at.tokens, allFormats(weights, config, residency.text), isLean)
  return {
    encode: async (ids) => new Float32Array(ids.length * config.dim),
    release: () => ops.pool.releaseSince(before),
  }
}
