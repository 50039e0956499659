// Clips of many prompts by the engine in Node, as .npy files for training/judge.py: the same code as in the page, without
// browser and video encoder in between.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodePrompt } from '../../src/models/umt5/encoder'
import { decodeStage, denoiseStage } from '../../src/engine/stages'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import { openGpu } from '../../src/gpu/device'
import { openOps } from '../../src/gpu/ops'
import { nodeGpu, type AdapterName } from '../../test/support/adapter'
import { openModelFolder } from '../../test/support/model-folder'
import { fitForOrt } from '../../test/support/ort-in-node'

export interface ClipOptions {
  /** Folder of the model. */
  readonly model: string
  /** A JSON list of { prompt }, from training/held_out_prompts.py. */
  readonly prompts: string
  readonly out: string
  readonly width: number
  readonly height: number
  /** Every `stride`-th prompt is made. */
  readonly stride: number
  readonly adapter: AdapterName
}

/** A .npy file (version 1.0) of bytes. */
function npy(data: Uint8Array, shape: readonly number[]): Uint8Array {
  const dictionary = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`
  const header = `${dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11)}\n`
  const magic = [0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8]
  return Buffer.concat([Buffer.from(magic), Buffer.from(header, 'latin1'), data])
}

export async function makeClips({
  model,
  prompts,
  out,
  width,
  height,
  stride,
  adapter,
}: ClipOptions): Promise<void> {
  const { manifest, tokenizer, textEncoder, dit, vae } = await openModelFolder(model)
  const gpu = await openGpu(await nodeGpu(adapter), { storage: 'f32' })
  const ops = openOps(gpu)
  const device = fitForOrt(gpu.device)
  const records = JSON.parse(readFileSync(prompts, 'utf8')) as { prompt: string }[]
  const chosen = records.filter((_, i) => i % stride === 0)
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'prompts.json'), JSON.stringify(chosen))
  for (const [i, { prompt }] of chosen.entries()) {
    const began = performance.now()
    const { ids } = tokenizer.encode(prompt, manifest.config.dit.textLen)
    const positive = await encodePrompt({
      device,
      config: manifest.config.textEncoder,
      weights: textEncoder,
      ids,
    })
    const settings = {
      ...manifest.defaults,
      prompt,
      negativePrompt: '',
      seed: i,
      width,
      height,
      guidanceScale: 1,
      cache: 'off' as const,
    }
    const latents = await denoiseStage(fileLoader(ops, dit), manifest, settings, { positive })
    const frames: Uint8Array[] = []
    await decodeStage(fileLoader(ops, vae), manifest, latents, async (rgba) => {
      frames.push(rgba.filter((_, at) => at % 4 !== 3))
    })
    ops.release(latents)
    writeFileSync(
      join(out, `${String(i).padStart(3, '0')}.npy`),
      npy(Buffer.concat(frames), [frames.length, height, width, 3]),
    )
    console.log(`${i + 1}/${chosen.length} ${prompt}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
}
