// The distilled relatives of Wan 2.2 TI2V 5B, recognised by their names, and licences that are named.
import { describe, expect, it } from 'vitest'
import { licenceNote, nonCommercialLicence } from '../../../src/engine/model/licences'
import { ti2vModel } from '../../../src/engine/model/ti2v-models'
import { limitsFor } from '../../../src/protocol/limits'
import { normaliseSettings } from '../../../src/protocol/normalise'

describe('a file of the 5B', () => {
  it.each([
    ['Wan2.2-TI2V-5B-Q4_K_M.gguf', 'wan2.2-ti2v-5b', 50, 5, 'unipc', 121],
    ['FastWan2.2-TI2V-5B-FullAttn_bf16.safetensors', 'fastwan2.2-ti2v-5b', 3, 1, 'dmd-warped', 121],
    ['Wan2.2-TI2V-5B-Turbo-Q4_K_S.gguf', 'wan2.2-ti2v-5b-turbo', 4, 1, 'self-forcing', 121],
  ])('%s is run as its makers ran it', (path, id, steps, guidance, sampler, numFrames) => {
    const { defaults, ...facts } = ti2vModel(path)
    expect(facts.id).toBe(id)
    const limits = limitsFor({ width: 32, height: 32, frames: 4, shortest: 1 }, { ...defaults })
    const checked = normaliseSettings({ prompt: 'a', seed: 1 }, limits)
    expect(checked).toMatchObject({
      notes: [],
      settings: {
        width: 1280,
        height: 704,
        numFrames,
        numInferenceSteps: steps,
        guidanceScale: guidance,
        shift: 5,
        sampler,
      },
    })
  })
})

describe('a licence against commercial use', () => {
  const of = (path: string, metadata: Readonly<Record<string, string>> = {}): string | undefined =>
    nonCommercialLicence({ path, raw: { metadata } })

  it.each([
    ['stated in GGUF', 'a.gguf', { 'general.license': 'cc-by-nc-4.0' }, 'cc-by-nc-4.0'],
    [
      'stated in words',
      'a.sft',
      { 'modelspec.license': 'Non-Commercial use only' },
      'Non-Commercial use only',
    ],
    ['known by the name', 'Wan2.2-TI2V-5B-Turbo.gguf', { 'general.license': 'other' }, 'CC-BY-NC-SA-4.0'],
    ['known by the name', 'Wan21_CausVid_bidirect2_T2V_1_3B.safetensors', {}, 'CC-BY-NC-SA-4.0'],
    ['none', 'Wan2.2-TI2V-5B-Q4_0.gguf', { 'general.license': 'apache-2.0' }, undefined],
    ['none', 'ncnn-wan.gguf', {}, undefined],
  ])('is %s: %s', (_, path, metadata, licence) => {
    expect(of(path, metadata)).toBe(licence)
  })

  it('is named in a sentence', () => {
    expect(licenceNote('a.gguf', 'cc-by-nc-4.0')).toBe(
      'a.gguf is under the licence cc-by-nc-4.0, which does not allow commercial use.',
    )
  })
})
