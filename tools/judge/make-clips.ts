// Clips of many prompts by the engine in Node, as .npy files for training/evaluate/judge.py: the same code as in the
// page, without browser and video encoder in between.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cardOf } from '../../src/engine/card'
import { denoiseClip } from '../../src/engine/clip'
import { BUILT_IN } from '../../src/engine/extensions'
import { openGpu } from '../../src/gpu/device'
import { openOps } from '../../src/gpu/ops'
import { dim } from '../../src/gpu/tensor'
import { releaseTree } from '../../src/models/blocks/tensor-tree'
import type { Decoder } from '../../src/models/family'
import { normaliseSettings } from '../../src/protocol/normalise'
import { filmSize, type SettingsInput } from '../../src/protocol/settings'
import { SAMPLER_FACTORIES } from '../../src/sampling/samplers'
import { nodeGpu, type AdapterName } from '../../test/support/adapter'
import { loadingOf } from '../../test/support/loading'
import { openModelFolder } from '../../test/support/model-folder'
import { fitForOrt } from '../../test/support/ort-in-node'

export interface ClipOptions {
  /** Folder of the model. */
  readonly model: string
  /** A JSON list of { prompt, seed? }, from training/evaluate/held_out_prompts.py; the seed is the place unless given. */
  readonly prompts: string
  readonly out: string
  /** Width, height, decoder and scale as on a command line; what is absent is the model's default. */
  readonly asked: SettingsInput
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

export async function makeClips({ model, prompts, out, asked, stride, adapter }: ClipOptions): Promise<void> {
  const files = await openModelFolder(model)
  const { networks, tokenizer, weights } = files
  const gpu = await openGpu(await nodeGpu(adapter), { storage: 'f32' })
  const ops = openOps(gpu)
  const at = loadingOf(ops, weights, { device: fitForOrt(gpu.device) })
  const text = await networks.openText(at)
  const denoiser = await networks.openDenoiser(at)
  const limits = cardOf(files, { adapter, kind: 'software' }, BUILT_IN).model.limits
  const decoders = {
    full: await networks.openDecoder(at),
    tiny: await networks.openTinyDecoder?.(at),
  }
  const upscaler = await networks.openUpscaler?.(at)
  const records = JSON.parse(readFileSync(prompts, 'utf8')) as { prompt: string; seed?: number }[]
  const chosen = records.filter((_, i) => i % stride === 0)
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'prompts.json'), JSON.stringify(chosen))
  for (const [i, { prompt, seed = i }] of chosen.entries()) {
    const began = performance.now()
    const { ids } = tokenizer.encode(prompt, networks.maxTokens)
    const checked = normaliseSettings({ ...asked, prompt, seed, guidanceScale: 1 }, limits)
    if (!checked.ok) throw new Error(checked.reason)
    const { settings } = checked
    const { width, height } = filmSize(settings)
    const decoder: Decoder<unknown> = decoders[settings.decoder] ?? decoders.full
    const clip = { settings, samplers: SAMPLER_FACTORIES }
    const latents = await denoiseClip(ops, denoiser, networks, clip, { positive: await text.encode(ids) })
    const frames: Uint8Array[] = []
    let state = decoder.start
    for (let t = 0; t < dim(latents, 1); t++) {
      const [decoded, next] = decoder.decode(latents, t, state)
      state = next
      for (const frame of decoded) {
        const isLarger = settings.upscale > 1 && upscaler !== undefined
        const large = isLarger ? upscaler.upscale(frame, settings.upscale) : frame
        const floats = await ops.read(large)
        frames.push(
          Uint8Array.from(floats, (value) => Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)))),
        )
        ops.release(frame, ...(large === frame ? [] : [large]))
      }
    }
    releaseTree(ops, state)
    ops.release(latents)
    writeFileSync(
      join(out, `${String(i).padStart(3, '0')}.npy`),
      npy(Buffer.concat(frames), [frames.length, height, width, 3]),
    )
    console.log(`${i + 1}/${chosen.length} ${prompt}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
}
