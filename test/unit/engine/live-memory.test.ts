// Plans of full-size films from shapes alone: no weight is read, no GPU is there.
import { describe, expect, it } from 'vitest'
import { planStages, stageBytes, type PlannedDevice } from '../../../src/engine/memory/dry-run'
import type { FilmClip } from '../../../src/engine/live/live-phases'
import { knownLive } from '../../../src/engine/model/live-facts'
import type { KvWindow } from '../../../src/models/blocks/kv-cache'
import { causal1B, clipOf, settingsOf } from '../../support/full-size'

/** The least that WebGPU allows, with f16. */
const DEVICE: PlannedDevice = { storage: 'f16', maxBindingBytes: 2 ** 27, maxBufferBytes: 2 ** 28 }
const RESIDENCY = { text: 'q8', weights: 'q8', streamed: false } as const
/** Tokens of a long prompt, and of one that is typed on the way. */
const TOKENS = 128

/** The most bytes of a film whose prompt changes on the way. */
async function bytesOf(
  path: string,
  size: { readonly width: number; readonly height: number },
  window: Partial<KvWindow>,
  frames?: number,
): Promise<number> {
  const { facts } = knownLive({ path, prefix: 'generator_ema.model.', isTi2v: false })!
  const clip: FilmClip = {
    ...clipOf({ ...settingsOf({ ...size, numFrames: 81 }), guidanceScale: 1, decoder: 'tiny' }, [TOKENS]),
    film: {
      facts,
      window: { ...facts.window, ...window },
      ...(frames !== undefined && { frames }),
      prompts: [{ first: 0, prompt: 0 }],
      promptTokens: TOKENS,
    },
  }
  const stages = await planStages(causal1B(facts), clip, DEVICE, RESIDENCY)
  console.log(`${path} at ${size.width}×${size.height}, bytes:`, stages)
  return Math.max(...stages.map(stageBytes))
}

describe('a causal 1.3B in q8', () => {
  it('makes 416×240 within 3.4 GB, with its window of 21 latent frames in f16', async () => {
    const size = { width: 416, height: 240 }
    const bytes = await bytesOf('framewise/causal_forcing.pt', size, { frames: 21 }, 21)
    expect(bytes).toBeLessThanOrEqual(3.4e9)
    // Longer films take no more.
    expect(await bytesOf('framewise/causal_forcing.pt', size, { frames: 21 })).toBeLessThanOrEqual(3.4e9)
  })

  it.each(['framewise/causal_forcing.pt', 'chunkwise/causal_forcing.pt', 'longlive_base.pt'])(
    'makes 832×480 within 4.2 GB, with a window of 12 latent frames in 8 bits: %s',
    async (path) => {
      const size = { width: 832, height: 480 }
      const bytes = await bytesOf(path, size, { frames: 12, sink: 3, format: 'int8' })
      expect(bytes).toBeLessThanOrEqual(4.2e9)
    },
  )
})
