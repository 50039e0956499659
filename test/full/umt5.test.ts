// umt5-xxl: 24 layers with formula weights against transformers' classes in PyTorch (test/golden/make_full_size.py).
import { describe, expect, it } from 'vitest'
import { umt5Shapes, type Shapes } from '../../src/cli/synthesize/shapes'
import { encodePrompt } from '../../src/models/umt5/encoder'
import { openGpu } from '../../src/gpu/device'
import { formulaFile } from '../../src/cli/synthesize/formula'
import type { WeightFile } from '../../src/weights/weight-file'
import { installedAdapters, nodeGpu, type AdapterName } from '../support/adapter'
import { openGolden, printComparison } from '../support/golden'
import { fitForOrt } from '../support/ort-in-node'
import { textEncoderConfig } from '../support/umt5'
import { made } from './support/made'
import { compareSample } from './support/sample'
import { storedFormula } from './support/stored-formula'

/**
 * Ten times that of a model of few layers: rounding grows with every layer of attention without 1/√d, and
 * the goldens, PyTorch in f32, are themselves 1.2e-6, 8.9e-6, 4.8e-5 and 1.1e-4 from f64 after 1, 5, 14 and 23 layers.
 */
const TOLERANCE = 5e-4

/**
 * Layers of the models that are compared; a sample behind the last norm is kept of each. All of them, unless it says
 * fewer.
 */
const LAYERS = (process.env['ZOETROPE_FULL_LAYERS'] ?? '24').split(',').map(Number)

interface Case {
  readonly golden: string
  readonly format: 'f32' | 'q8'
  readonly adapter: AdapterName
  weights(shapes: Shapes): WeightFile
}

const quickest: AdapterName =
  process.env['ZOETROPE_GPU'] === 'system' ? 'system' : installedAdapters().at(-1)!

const CASES: readonly Case[] = [
  {
    // The very numbers of a GGUF file, exact on the GPU too.
    golden: 'umt5_xxl_q8_0_full',
    format: 'q8',
    adapter: quickest,
    weights: (shapes) =>
      storedFormula('umt5.q8_0', shapes, (name) =>
        /\.(attn\.[qkvo]|ffn\.(gate\.0|fc1|fc2))\.weight$/.test(name) ? 'Q8_0' : 'F16',
      ),
  },
  {
    // A matrix of a layer has 160 MiB in f32: more than lavapipe can bind.
    golden: 'umt5_xxl_full',
    format: 'f32',
    adapter: quickest === 'system' ? 'system' : 'swiftshader',
    weights: (shapes) => formulaFile('umt5.formula', shapes, ''),
  },
]

describe.each(made(CASES))(
  'the whole umt5-xxl as $format on $adapter',
  ({ golden: name, format, adapter, weights }) => {
    it.each(LAYERS)('agrees with PyTorch after %i layers', async (numLayers) => {
      const { device } = await openGpu(await nodeGpu(adapter), { storage: 'f32' })
      const golden = await openGolden(`${name}.golden`)
      const config = textEncoderConfig(golden)
      const began = performance.now()
      const context = await encodePrompt({
        device: fitForOrt(device),
        config: { ...config, numLayers },
        weights: weights(umt5Shapes(config)),
        ids: [...(await golden.floats('ids'))],
        format,
        onLayer: (done, total) =>
          console.log(`layer ${done} of ${total} after ${((performance.now() - began) / 1000).toFixed(0)} s`),
      })
      const comparison = await compareSample(
        golden,
        numLayers === config.numLayers ? 'hidden' : `blocks.${numLayers - 1}`,
        context,
      )
      printComparison(`${adapter} ${format}`, comparison)
      expect(comparison.relError).toBeLessThanOrEqual(TOLERANCE)
      device.destroy()
    })
  },
)
