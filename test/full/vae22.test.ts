// Wan 2.2's VAE at its full width, 705 million formula weights, against the official one.
import { describe, it } from 'vitest'
import { goldenFamily } from '../support/golden'
import { testGpu } from '../support/gpu'
import { checkDecoded, checkEncoded } from '../support/vae22'
import { fullCases } from './support/full-cases'

describe.each(fullCases())('the whole VAE of Wan 2.2 on $name', (gpuCase) => {
  it.each(goldenFamily(/^vae22_full/))('decodes and encodes as the official %s', async (name) => {
    const { ops } = await testGpu(gpuCase)
    await checkDecoded(gpuCase, ops, name)
    ops.pool.trim()
    await checkEncoded(gpuCase, ops, name)
    ops.pool.trim()
  })
})
