import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limitsFor } from '../../../src/protocol/limits'
import { concatBytes, makeBox } from '../../../src/media/mp4-boxes'
import { embedRecipe } from '../../../src/media/recipe-box'
import { readRecipeFile } from '../../../src/media/recipe-file'

/** Of Wan 2.1's latents. */
const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
const data = (value: string): Uint8Array => makeBox('data', u32(1), u32(0), text(value))
const mdat = makeBox('mdat', new Uint8Array(64))
const ours = {
  ...limitsFor(UNITS).defaults,
  prompt: 'a red ball',
  seed: 7,
  app: 'Zoetrope',
  appVersion: '1',
  model: 'mini',
  modelVersion: '1',
  fps: 16,
}

/** As ffmpeg writes it: an iTunes comment, the index last. */
function withComment(comment: string): Blob {
  const meta = makeBox('meta', u32(0), makeBox('ilst', makeBox('\u00A9cmt', data(comment))))
  return new Blob([
    new Uint8Array(concatBytes([makeBox('ftyp'), mdat, makeBox('moov', makeBox('udta', meta))])),
  ])
}

/** As ffmpeg writes it with `use_metadata_tags`: named keys. */
function withKeys(entries: Record<string, string>): Blob {
  const names = Object.keys(entries)
  const keys = makeBox('keys', u32(0), u32(names.length), ...names.map((name) => makeBox('mdta', text(name))))
  const items = names.map((name, i) => {
    const item = makeBox('....', data(entries[name] ?? ''))
    item.set(u32(i + 1), 4)
    return item
  })
  const meta = makeBox('meta', u32(0), keys, makeBox('ilst', ...items))
  return new Blob([new Uint8Array(concatBytes([makeBox('ftyp'), makeBox('moov', meta), mdat]))])
}

const graph = {
  '3': {
    class_type: 'KSampler',
    inputs: {
      seed: 82628696717253,
      steps: 30,
      cfg: 6,
      sampler_name: 'uni_pc',
      scheduler: 'simple',
      model: ['48', 0],
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['40', 0],
    },
  },
  '6': { class_type: 'CLIPTextEncode', inputs: { text: 'a fox in snow', clip: ['38', 0] } },
  '7': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['38', 0] } },
  '40': {
    class_type: 'EmptyHunyuanLatentVideo',
    inputs: { width: 832, height: 480, length: 33, batch_size: 1 },
  },
  '48': { class_type: 'ModelSamplingSD3', inputs: { shift: 8, model: ['37', 0] } },
  '50': { class_type: 'LoraLoaderModelOnly', inputs: { lora_name: 'x' } },
}
const fromGraph = {
  origin: 'comfyui',
  settings: {
    prompt: 'a fox in snow',
    negativePrompt: 'blurry',
    seed: 82628696717253,
    numInferenceSteps: 30,
    guidanceScale: 6,
    shift: 8,
    width: 832,
    height: 480,
    numFrames: 33,
    sampler: 'unipc',
  },
  leftOut: ['LoraLoaderModelOnly'],
}

describe('the recipe in a file', () => {
  it('of ours', async () => {
    const mp4 = embedRecipe(concatBytes([makeBox('ftyp'), makeBox('moov'), mdat]), ours)
    expect(await readRecipeFile(new Blob([mp4]))).toMatchObject({
      origin: 'zoetrope',
      settings: { prompt: 'a red ball', seed: 7 },
      model: 'mini',
      leftOut: [],
    })
    expect(await readRecipeFile(new Blob([JSON.stringify(ours)]))).toMatchObject({ settings: { seed: 7 } })
  })

  it('of ComfyUI, by named keys and in a comment', async () => {
    expect(await readRecipeFile(withKeys({ prompt: JSON.stringify(graph), workflow: '{}' }))).toEqual(
      fromGraph,
    )
    expect(await readRecipeFile(withComment(JSON.stringify({ prompt: JSON.stringify(graph) })))).toEqual(
      fromGraph,
    )
    expect(await readRecipeFile(withComment(JSON.stringify({ prompt: graph })))).toEqual(fromGraph)
  })

  it('of Wan2GP', async () => {
    const settings = {
      type: 'WanGP v10.1 by DeepBeepMeep - Wan2.1 Text2Video 1.3B',
      prompt: 'a fox',
      negative_prompt: '',
      resolution: '832x480',
      video_length: 81,
      num_inference_steps: 30,
      guidance_scale: 5,
      flow_shift: 5,
      seed: 12,
      sample_solver: 'unipc',
      model_type: 't2v_1.3B',
      activated_loras: ['x.safetensors'],
      skip_steps_cache_type: '',
    }
    expect(await readRecipeFile(withComment(JSON.stringify(settings)))).toEqual({
      origin: 'wan2gp',
      settings: {
        width: 832,
        height: 480,
        sampler: 'unipc',
        prompt: 'a fox',
        negativePrompt: '',
        numFrames: 81,
        numInferenceSteps: 30,
        guidanceScale: 5,
        shift: 5,
        seed: 12,
      },
      leftOut: ['activated_loras'],
      model: 't2v_1.3B',
    })
  })

  it('is none where there is none', async () => {
    for (const content of ['', 'hello', '{', '{"a":1}', '[1]'])
      expect(await readRecipeFile(new Blob([content]))).toBeUndefined()
    expect(await readRecipeFile(withComment('A film by me'))).toBeUndefined()
    expect(await readRecipeFile(withComment('{"prompt": 3}'))).toBeUndefined()
  })

  it('that leads in a circle ends', async () => {
    const circle = {
      '1': { class_type: 'KSampler', inputs: { positive: ['2', 0] } },
      '2': { class_type: 'X', inputs: { conditioning: ['2', 0] } },
    }
    expect(await readRecipeFile(withComment(JSON.stringify({ prompt: circle })))).toBeUndefined()
  })

  it('of many roads to the same nodes ends', async () => {
    const ways = ['text', 'positive_prompt', 'string', 'value', 'conditioning', 'positive', 'prompt']
    const nodes = Array.from({ length: 40 }, (_, i) => [
      String(i),
      { class_type: 'X', inputs: Object.fromEntries(ways.map((way) => [way, [String(i + 1), 0]])) },
    ])
    const maze = Object.fromEntries([
      ...nodes,
      ['k', { class_type: 'KSampler', inputs: { positive: ['0', 0] } }],
    ])
    expect(await readRecipeFile(withComment(JSON.stringify({ prompt: maze })))).toBeUndefined()
  })

  it('of lists in lists is none', async () => {
    const deep = `{"prompt":${'['.repeat(1e6)}`
    expect(await readRecipeFile(withComment(deep))).toBeUndefined()
  })

  it('of a hostile file ends in silence', async () => {
    const huge = makeBox('moov', new Uint8Array(8))
    huge.set([0xff, 0xff, 0xff, 0xff], 0)
    const zero = makeBox('free')
    zero.set([0, 0, 0, 1], 0)
    for (const bytes of [huge, zero, withComment('x')])
      expect(await readRecipeFile(new Blob([bytes]))).toBeUndefined()
    const whole = new Uint8Array(await withComment(JSON.stringify(ours)).arrayBuffer())
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, value, cut) => {
        const bytes = cut ? whole.slice(0, at) : whole.with(at, value)
        const found = await readRecipeFile(new Blob([bytes]))
        expect(found === undefined || typeof found.settings.prompt === 'string').toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
