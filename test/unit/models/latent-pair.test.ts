import { describe, expect, it } from 'vitest'
import { requireLatentPair } from '../../../src/models/latent-pair'
import { WeightsError } from '../../../src/weights/error'
import { weightFile } from '../../../src/weights/weight-file'

const side = (name: string, channels: number) => ({
  file: weightFile(name, {}, new Map(), () => Promise.reject(new Error('not read'))),
  channels,
})

describe('a transformer and a VAE', () => {
  it('pass where they share their latents', () => {
    expect(() => requireLatentPair(side('dit', 48), side('vae', 48))).not.toThrow()
  })

  it.each([
    [
      48,
      16,
      "dit.gguf makes latents of 48 channels, and vae.pth is Wan 2.1's VAE, which reads 16: they do not belong together. Put wan2.2_vae.safetensors beside the transformer.",
    ],
    [
      16,
      48,
      "dit.gguf makes latents of 16 channels, and vae.pth is Wan 2.2's VAE, which reads 48: they do not belong together. Put wan_2.1_vae.safetensors beside the transformer.",
    ],
    [
      24,
      4,
      'dit.gguf makes latents of 24 channels, and vae.pth reads 4: they do not belong together. Choose the files of one model.',
    ],
  ])('are refused with %i and %i channels', (ditChannels, vaeChannels, problem) => {
    const check = () => requireLatentPair(side('dit.gguf', ditChannels), side('vae.pth', vaeChannels))
    expect(check).toThrow(problem)
    expect(check).toThrow(WeightsError)
  })
})
