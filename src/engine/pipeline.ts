import { version } from '../../package.json'
import { openGpu, type Gpu } from '../gpu/device'
import { openOps } from '../gpu/ops'
import type { GenerationResult } from '../protocol/messages'
import type { ModelSource, WeightChoice } from '../protocol/model-source'
import type { MemoryPlan, PreviewImage, StageProgress } from '../protocol/progress'
import type { GenerationSettings, Recipe } from '../protocol/settings'
import type { ModelManifest } from '../weights/manifest'
import { checkWeights, planMemory } from './memory-plan'
import { openModel, type ModelFiles } from './model-files'
import { previewLatents } from './preview'
import { encodePrompt } from './prompt/umt5-encoder'
import { StageClock } from './stage-clock'
import { decodeStage, denoiseStage, latentShape, type Contexts } from './stages'
import { openVideoWriter } from './video/video-writer'
import { fileLoader } from './weight-loader'

export interface PipelineEvents {
  onProgress(progress: StageProgress): void
  onPreview(preview: PreviewImage): void
}

/** A model and a GPU, ready to make clips one at a time. */
export interface Engine {
  readonly manifest: ModelManifest
  /** The GPU's name. */
  readonly adapter: string
  /** Resolves with a sentence when the device is lost. */
  readonly lost: Promise<string>
  plan(settings: GenerationSettings): Promise<MemoryPlan>
  generate(settings: GenerationSettings, events: PipelineEvents, signal: AbortSignal): Promise<GenerationResult>
  dispose(): void
}

export interface EngineOptions {
  readonly gpu: GPU | undefined
  readonly model: ModelSource
  /** How the matrices lie on the GPU; the default is `auto`. */
  readonly weightFormat?: WeightChoice
  /** GPU bytes that may be used. */
  readonly memoryBytes?: number
}

const APP = { app: 'Zoetrope', appVersion: version }

/** Fetches and checks the model, then opens the GPU. @throws WeightsError | GpuError, each a sentence. */
export async function openEngine({ gpu, model }: EngineOptions): Promise<Engine> {
  const files = await openModel(model)
  await checkWeights(files)
  const opened = await openGpu(gpu)
  return createEngine(files, opened)
}

function createEngine(files: ModelFiles, gpu: Gpu): Engine {
  const { manifest } = files
  const ops = openOps(gpu)
  const maxTokens = manifest.config.dit.textLen

  const tokenise = ({ prompt, negativePrompt, guidanceScale }: GenerationSettings) => {
    const positive = files.tokenizer.encode(prompt, maxTokens)
    return guidanceScale > 1 ? [positive, files.tokenizer.encode(negativePrompt, maxTokens)] : [positive]
  }
  const plan = (settings: GenerationSettings): Promise<MemoryPlan> =>
    planMemory(files, settings, tokenise(settings).map(({ ids }) => ids.length), gpu)

  const generate = async (settings: GenerationSettings, { onProgress, onPreview }: PipelineEvents, signal: AbortSignal): Promise<GenerationResult> => {
    const began = performance.now()
    const clock = new StageClock(onProgress)
    let encoderPeak = 0
    ops.pool.resetHighWater()

    const planned = await clock.run('load', 1, () => plan(settings))
    const prompts = await clock.run('tokenise', 1, async () => tokenise(settings))

    const { numLayers } = manifest.config.textEncoder
    const contexts = await clock.run('encode', prompts.length * numLayers, async () => {
      const encoded: Float32Array[] = []
      for (const { ids } of prompts) {
        const context = await encodePrompt({
          device: gpu.device,
          config: manifest.config.textEncoder,
          weights: files.textEncoder,
          ids,
          signal,
          onLayer: (done) => clock.step(encoded.length * numLayers + done),
          onBytes: (bytes) => (encoderPeak = Math.max(encoderPeak, bytes)),
        })
        encoded.push(context)
      }
      const [positive, negative] = encoded as [Float32Array, Float32Array?]
      return { positive, ...(negative && { negative }) } satisfies Contexts
    })

    const shape = latentShape(manifest, settings)
    const latents = await clock.run('denoise', settings.numInferenceSteps, () =>
      denoiseStage(fileLoader(ops, files.dit), manifest, settings, contexts, {
        signal,
        onStep: async (done, predicted) => {
          clock.step(done)
          onPreview(previewLatents(await ops.read(predicted, signal), shape, manifest.latentPreview))
        },
      }),
    )
    ops.pool.trim()

    const recipe = recipeOf(settings, manifest)
    const video = await openVideoWriter({ width: settings.width, height: settings.height, fps: recipe.fps, recipe })
    try {
      await clock.run('decode', settings.numFrames, () => {
        let done = 0
        return decodeStage(
          fileLoader(ops, files.vae),
          manifest,
          latents,
          async (rgba) => {
            await video.addFrame(rgba)
            clock.step(++done)
          },
          { signal },
        )
      })
      const mp4 = await clock.run('finish', 1, () => video.finish())
      return {
        ...recipe,
        mp4,
        codec: video.codec,
        adapter: gpu.adapter,
        seconds: (performance.now() - began) / 1000,
        stages: clock.times,
        peakGpuBytes: Math.max(encoderPeak, ops.pool.highWater),
        plannedGpuBytes: planned.peakBytes,
        notes: [...(files.notes ?? []), ...(prompts.some(({ truncated }) => truncated) ? [`The prompt was longer than the ${maxTokens} tokens that ${manifest.name} reads; the rest was left out.`] : [])],
      }
    } catch (error) {
      video.abort()
      throw error
    }
  }

  return {
    manifest,
    adapter: gpu.adapter,
    lost: gpu.lost.catch(() => gpu.lostReason ?? 'The GPU was lost.'),
    plan,
    async generate(settings, events, signal) {
      const before = ops.pool.mark()
      try {
        return await generate(settings, events, signal)
      } finally {
        ops.recorder.discard()
        ops.pool.releaseSince(before)
        ops.pool.trim()
      }
    },
    dispose: () => gpu.device.destroy(),
  }
}

function recipeOf(settings: GenerationSettings, { id, version, defaults }: ModelManifest): Recipe {
  return { ...settings, ...APP, model: id, modelVersion: version, fps: defaults.fps }
}
