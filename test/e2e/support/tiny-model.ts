// A model folder of the goldens' tiny weights: the whole road in seconds, without the bundled model. Its films are
// coloured noise.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ModelManifest } from '../../../src/engine/model/manifest'
import type { Wan21Config } from '../../../src/models/wan21'
import { ditConfig } from '../../support/config'
import { openGolden } from '../../support/golden'
import { textEncoderConfig } from '../../support/umt5'
import { vaeConfig } from '../../support/vae'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

interface TokenizerFile {
  model: { vocab: unknown[] }
}

/** The bundled tokenizer with as many pieces as the tiny encoder knows. */
function tinyTokenizer(vocabSize: number): Uint8Array {
  const tokenizer = JSON.parse(
    readFileSync(join(ROOT, 'public/models/mini/tokenizer.json'), 'utf8'),
  ) as TokenizerFile
  tokenizer.model.vocab = tokenizer.model.vocab.slice(0, vocabSize)
  return Buffer.from(JSON.stringify(tokenizer))
}

/** Where a causal transformer is: a student beside the model's own, or that itself. */
export type Causal = 'beside' | 'itself'

/** As a manifest describes a causal transformer, whose films come a latent frame at a time. */
const LIVE = { chunk: 1, steps: [1000, 500], shift: 5, windowFrames: 6, sinkFrames: 1 }

/** Writes the folder and returns it; the caller removes it. */
export async function writeTinyModel(changes: Partial<ModelManifest> = {}, causal?: Causal): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-model-'))
  const golden = (name: string): Uint8Array =>
    readFileSync(join(ROOT, `test/golden/${name}.weights.safetensors`))
  const textEncoder = textEncoderConfig(await openGolden('umt5_tiny.weights'))
  const contents: Record<string, [string, Uint8Array]> = {
    tokenizer: ['tokenizer.json', tinyTokenizer(textEncoder.vocabSize)],
    tokenizerConfig: [
      'tokenizer_config.json',
      readFileSync(join(ROOT, 'public/models/mini/tokenizer_config.json')),
    ],
    textEncoder: ['umt5.safetensors', golden('umt5_tiny')],
    dit: ['dit.safetensors', golden('dit_tiny')],
    vae: ['vae.safetensors', golden('vae_tiny')],
    ...(causal === 'beside' && { causalDit: ['dit_causal.safetensors', golden('dit_tiny')] }),
  }
  const manifest: ModelManifest & { config: Wan21Config } = {
    format: 1,
    id: 'tiny',
    name: 'Tiny',
    version: '1',
    licence: 'Apache-2.0',
    family: 'wan2.1',
    config: {
      textEncoder,
      dit: ditConfig(await openGolden('dit_tiny.weights')),
      vae: vaeConfig(await openGolden('vae_tiny.weights')),
    },
    files: Object.entries(contents).map(([role, [path, bytes]]) => ({
      role,
      path,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    defaults: {
      width: 64,
      height: 48,
      numFrames: 9,
      fps: 16,
      numInferenceSteps: 2,
      guidanceScale: 1,
      shift: 3,
      sampler: causal === 'itself' ? 'self-forcing' : 'unipc',
    },
    sizes: [[64, 48]],
    latentPreview: {
      factors: Array.from(
        { length: 16 },
        (_, i) => [0.1 * (i % 3), 0.1 * ((i + 1) % 3), 0.1 * ((i + 2) % 3)] as const,
      ),
      bias: [0, 0, 0],
    },
    ...changes,
  }
  mkdirSync(folder, { recursive: true })
  for (const [path, bytes] of Object.values(contents)) writeFileSync(join(folder, path), bytes)
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, ...(causal && { live: LIVE }) }))
  return folder
}
