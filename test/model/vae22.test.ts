// Wan 2.2's VAE against the official one. The files at its full width are test/full's, unless another folder is asked
// for.
import { describe, it } from 'vitest'
import { goldenFamily } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { checkDecoded, checkEncoded } from '../support/vae22'

const GOLDENS = goldenFamily(/^vae22_/).filter(
  (name) => process.env['GOLDEN_DIR'] !== undefined || !name.includes('full'),
)

describe.each(gpuCases())('VAE 2.2 on $name', (gpuCase) => {
  it.each(GOLDENS)('decodes as the official %s', async (name) =>
    checkDecoded(gpuCase, (await testGpu(gpuCase)).ops, name),
  )

  it.each(GOLDENS)('encodes as the official %s', async (name) =>
    checkEncoded(gpuCase, (await testGpu(gpuCase)).ops, name),
  )
})
