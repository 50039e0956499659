import { version } from '../../package.json'
import { openGpu, type Gpu } from '../gpu/device'
import { floatsOf, openOps } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { GenerationResult, StageTime } from '../protocol/messages'
import type { ActivationChoice, ModelSource, WeightChoice } from '../protocol/model-source'
import type { MemoryPlan, PreviewImage, StageProgress } from '../protocol/progress'
import type { GenerationSettings, Recipe } from '../protocol/settings'
import type { ModelManifest } from './model/manifest'
import { compileAhead } from './kernels/compile-ahead'
import { defaultMemoryBytes } from './memory/budget'
import { checkWeights, stageBytes, type Residency } from './memory/dry-run'
import { openModel, type ModelFiles } from './model/open'
import { previewLatents } from './preview'
import { encodePrompt } from '../models/umt5/encoder'
import { PromptCache, type EmbeddingStore } from './prompt-cache'
import { planClip, type MemoryWish, type Planned } from './memory/fit-memory'
import { StageClock } from './stage-clock'
import { decodeStage, denoiseStage, latentShape, type Contexts } from './stages'
import { Tuning, type TunedStore } from './kernels/tuning'
import { openVideoWriter } from '../media/video-writer'
import { fileLoader } from '../models/blocks/weight-loader'

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
  generate(
    settings: GenerationSettings,
    events: PipelineEvents,
    signal: AbortSignal,
  ): Promise<GenerationResult>
  dispose(): void
}

export interface EngineOptions {
  readonly gpu: GPU | undefined
  readonly model: ModelSource
  /** How the matrices lie on the GPU; the default is `auto`. */
  readonly weightFormat?: WeightChoice
  /** In what is multiplied by quantised matrices; the default is `float`. */
  readonly activations?: ActivationChoice
  /** GPU bytes that may be used; where it is not given, `defaultMemoryBytes`. */
  readonly memoryBytes?: number
  /** Where encoded prompts are kept beyond the engine's life. */
  readonly embeddings?: EmbeddingStore
  /** Where it is kept which loops of the kernels suit this GPU. */
  readonly tuned?: TunedStore
  /** Ends the opening. */
  readonly signal?: AbortSignal
}

const APP = { app: 'Zoetrope', appVersion: version }

/** Fetches and checks the model, then opens the GPU. @throws WeightsError | GpuError, each a sentence; the signal's reason. */
export async function openEngine({
  gpu,
  model,
  weightFormat = 'auto',
  activations = 'float',
  memoryBytes,
  embeddings,
  tuned,
  signal,
}: EngineOptions): Promise<Engine> {
  const files = await openModel(model, signal)
  await checkWeights(files)
  signal?.throwIfAborted()
  const opened = await openGpu(gpu, { activations })
  const wish = { weightFormat, memoryBytes: memoryBytes ?? defaultMemoryBytes(opened.maxBufferBytes) }
  return createEngine(files, opened, wish, new PromptCache(embeddings), tuned)
}

function createEngine(
  files: ModelFiles,
  gpu: Gpu,
  wish: MemoryWish,
  cache: PromptCache,
  store: TunedStore | undefined,
): Engine {
  const { manifest } = files
  const opened = openOps(gpu)
  const tuning = new Tuning({ files, gpu, ops: opened, store, appVersion: version })
  const maxTokens = manifest.config.dit.textLen

  const tokenise = ({ prompt, negativePrompt, guidanceScale }: GenerationSettings) => {
    const positive = files.tokenizer.encode(prompt, maxTokens)
    return guidanceScale > 1 ? [positive, files.tokenizer.encode(negativePrompt, maxTokens)] : [positive]
  }
  const plan = (settings: GenerationSettings): Promise<Planned> =>
    planClip(
      files,
      settings,
      tokenise(settings).map(({ ids }) => ids.length),
      gpu,
      wish,
    )

  const generate = async (
    settings: GenerationSettings,
    { onProgress, onPreview }: PipelineEvents,
    signal: AbortSignal,
  ): Promise<GenerationResult> => {
    const began = performance.now()
    const clock = new StageClock(onProgress)
    const { plan: planned, residency } = await clock.run('load', 1, () => plan(settings))
    const prompts = await clock.run('tokenise', 1, async () => tokenise(settings))
    const lengths = prompts.map(({ ids }) => ids.length)
    const tuned = await tuning.choose(settings, lengths, residency.weights, clock, signal)
    const ops = { ...opened, variants: tuned.variants }
    await compileAhead(files, settings, lengths, residency, ops)

    const { numLayers } = manifest.config.textEncoder
    const contexts = await clock.run('encode', prompts.length * numLayers, async () => {
      const encoded: Float32Array[] = []
      for (const { ids } of prompts) {
        const encode = (): Promise<Float32Array<ArrayBuffer>> =>
          encodePrompt({
            device: gpu.device,
            config: manifest.config.textEncoder,
            weights: files.textEncoder,
            ids,
            format: residency.text,
            signal,
            onLayer: (done) => clock.step(encoded.length * numLayers + done),
            onBytes: (_own, all) => clock.measured('encode', all),
          })
        encoded.push(
          await cache.get(
            promptKey(files, residency, ids),
            ids.length * manifest.config.textEncoder.dim,
            encode,
          ),
        )
      }
      const [positive, negative] = encoded as [Float32Array, Float32Array?]
      return { positive, ...(negative && { negative }) } satisfies Contexts
    })

    const shape = latentShape(manifest, settings)
    ops.pool.resetHighWater()
    const notes: string[] = [...tuned.notes]
    let shown: Promise<void> = Promise.resolve()
    const onStep = (done: number, predicted: Tensor): void => {
      shown = ops.readLater(predicted).then((bytes) => {
        clock.step(done)
        onPreview(previewLatents(floatsOf(predicted, bytes), shape, manifest.latentPreview))
      })
      shown.catch(() => {}) // Awaited after the last step; before it, a drain throws the same.
    }
    const latents = await clock.run('denoise', settings.numInferenceSteps, async () => {
      const denoised = await denoiseStage(
        fileLoader(ops, files.dit, residency.weights, signal),
        manifest,
        settings,
        contexts,
        {
          signal,
          streamed: residency.streamed,
          onReused: (steps) =>
            notes.push(
              `EasyCache told ${steps} of ${settings.numInferenceSteps} steps without running the model.`,
            ),
          onStep,
        },
      )
      await shown
      return denoised
    })
    clock.measured('denoise', ops.pool.highWater)
    ops.pool.trim()
    ops.pool.resetHighWater()

    const recipe = recipeOf(settings, manifest)
    const video = await openVideoWriter({
      width: settings.width,
      height: settings.height,
      fps: recipe.fps,
      recipe,
    })
    try {
      await clock.run('decode', settings.numFrames, () => {
        let done = 0
        return decodeStage(
          fileLoader(ops, files.vae, 'f16', signal),
          manifest,
          latents,
          async (i420) => {
            await video.addFrame(i420)
            clock.step(++done)
          },
          { signal },
        )
      })
      clock.measured('decode', ops.pool.highWater)
      const mp4 = await clock.run('finish', 1, () => video.finish())
      return {
        ...recipe,
        mp4,
        codec: video.codec,
        adapter: gpu.adapter,
        seconds: (performance.now() - began) / 1000,
        stages: clock.times.map((time) => withPlan(time, planned)),
        peakGpuBytes: Math.max(...clock.times.map(({ peakGpuBytes = 0 }) => peakGpuBytes)),
        plannedGpuBytes: planned.peakBytes,
        variants: { ...tuned.variants },
        notes: [
          ...(files.notes ?? []),
          ...notes,
          ...planned.notes,
          ...(prompts.some(({ truncated }) => truncated)
            ? [
                `The prompt was longer than the ${maxTokens} tokens that ${manifest.name} reads; the rest was left out.`,
              ]
            : []),
        ],
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
    plan: async (settings) => (await plan(settings)).plan,
    async generate(settings, events, signal) {
      const before = opened.pool.mark()
      try {
        return await generate(settings, events, signal)
      } finally {
        opened.recorder.discard()
        opened.pool.releaseSince(before)
        opened.pool.trim()
      }
    },
    dispose: () => gpu.device.destroy(),
  }
}

function recipeOf(settings: GenerationSettings, { id, version, defaults }: ModelManifest): Recipe {
  return { ...settings, ...APP, model: id, modelVersion: version, fps: defaults.fps }
}

/** What decides an encoded prompt: the model, the text encoder's file, the format on the GPU, and the tokens. */
function promptKey(
  { manifest, textEncoder }: ModelFiles,
  { text }: Residency,
  ids: readonly number[],
): string {
  const bytes = [...textEncoder.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
  return `${manifest.id}@${manifest.version}/${textEncoder.name}/${bytes}/${text}/${ids.join(' ')}`
}

function withPlan(time: StageTime, { stages }: MemoryPlan): StageTime {
  const planned = stages.find(({ stage }) => stage === time.stage)
  return planned ? { ...time, plannedGpuBytes: stageBytes(planned) } : time
}
