// The package's face: `import { WanPipeline } from 'zoetrope'`.
import type {
  GenerationEvents,
  GenerationInput,
  GenerationResult,
  LiveEvents,
  LiveRun,
  Planned,
  VideoEngine,
} from './protocol/engine'
import { asZoetropeError, ZoetropeError } from './protocol/errors'
import type { LiveOptions } from './protocol/live'
import type { ModelSource, NamedFile, OpenRequest, WeightChoice } from './protocol/model-source'
import type { DecoderId, Upscale } from './protocol/settings'
import { startEngine, type EngineClient } from './worker/client'

export { ZoetropeError } from './protocol/errors'
export type { EngineCard, GenerationResult, LiveResult, LiveRun, Planned } from './protocol/engine'
export type { ErrorCode } from './protocol/errors'
export type { LiveChange, LiveFrame, LiveOptions } from './protocol/live'
export type { PreviewImage, StageProgress } from './protocol/progress'

/** The files of the bundled model, by name, where the bundler puts them. */
const MINI = import.meta.glob<string>('../public/models/mini/*', {
  query: '?url',
  import: 'default',
  eager: true,
})

/**
 * `'mini'`, the model in the package; the address of a folder with a manifest.json, or with a files.json that lists raw
 * files; or files of a published model that the user picked.
 */
export type PretrainedSource = 'mini' | (string & {}) | Iterable<File>

export interface FromPretrainedOptions {
  /** The only supported device. */
  device?: 'webgpu'
  /** Format of the matrices on the GPU; `auto` takes the best that fits. */
  dtype?: WeightChoice
  /** GPU memory budget in bytes. */
  memoryBytes?: number
  /** Called with the loaded bytes of the bundled model. */
  onProgress?(progress: { loaded: number; total: number }): void
  signal?: AbortSignal
}

/** Settings under the names of diffusers' WanPipeline; absent ones take the model's defaults. */
export interface GenerateOptions
  extends
    Partial<
      Record<
        'width' | 'height' | 'numFrames' | 'numInferenceSteps' | 'guidanceScale' | 'shift' | 'seed',
        number
      >
    >,
    Pick<
      GenerationInput,
      'image' | 'lastImage' | 'continueFrom' | 'holdsColours' | 'keepsEnd' | 'control' | 'loras' | 'upscaler'
    >,
    Omit<GenerationEvents, 'onKept'> {
  negativePrompt?: string
  /** Of the second transformer, for models that have two. */
  guidanceScale2?: number
  sampler?: string
  decoder?: DecoderId
  /** Enlarges frames 1, 2 or 4 times, with the model's upscaler or `upscaler`. */
  upscale?: Upscale
  signal?: AbortSignal
  /** Aborts to end the denoising after the current step: the clip is what was predicted by then. */
  finish?: AbortSignal
}

/** Settings of a film, its length, and its callbacks. */
export interface FilmOptions
  extends
    Omit<GenerateOptions, keyof GenerationEvents | 'continueFrom' | 'holdsColours' | 'keepsEnd' | 'finish'>,
    LiveEvents,
    LiveOptions {}

/** A model and a GPU in a worker of their own. Call it with a prompt. */
export interface WanPipeline extends Pick<VideoEngine, 'card'> {
  /** Makes a clip. @throws ZoetropeError */
  (prompt: string, options?: GenerateOptions): Promise<GenerationResult>
  /** Predicts memory, and the settings that will be used. @throws ZoetropeError */
  plan(prompt: string, options?: GenerateOptions): Promise<Planned>
  /** Makes a film that plays while it is made, with models that have `card.model.live`. */
  live(prompt: string, options?: FilmOptions): LiveRun
  /** Ends the worker for good and releases the GPU's memory. Whatever is asked later is `cancelled`. */
  dispose(): void
}

export const WanPipeline = {
  /** Starts a worker and opens a model in it. Weights are read on demand. @throws ZoetropeError */
  async fromPretrained(
    source: PretrainedSource,
    { device = 'webgpu', dtype, memoryBytes, onProgress, signal }: FromPretrainedOptions = {},
  ): Promise<WanPipeline> {
    if (device !== 'webgpu')
      throw new ZoetropeError(
        'no-webgpu',
        `Zoetrope runs only on the device "webgpu"; "${String(device)}" was given.`,
      )
    const choices = { ...(dtype && { weightFormat: dtype }), ...(memoryBytes && { memoryBytes }) }
    try {
      return await open({ model: await sourceOf(source, onProgress, signal), ...choices }, signal)
    } catch (error) {
      if (signal?.aborted === true) throw new ZoetropeError('cancelled', 'Cancelled.', { cause: error })
      throw asZoetropeError(error)
    }
  },
}

async function open(request: OpenRequest, signal: AbortSignal | undefined): Promise<WanPipeline> {
  const client = startEngine()
  try {
    // Nobody could continue a run that is left in the storage of the page's site.
    return callable(await client.open({ ...request, storesRuns: false }, signal), client)
  } catch (error) {
    client.close()
    throw error
  }
}

function callable(engine: VideoEngine, client: EngineClient): WanPipeline {
  const make = async (prompt: string, options: GenerateOptions = {}): Promise<GenerationResult> => {
    let kept: string | undefined
    const events = { ...options, onKept: (run: string): void => void (kept = run) }
    try {
      return await engine.generate(settingsOf(prompt, options), events, options.signal, options.finish)
    } catch (error) {
      if (kept !== undefined) void client.discardRun(kept).catch(() => undefined) // it takes memory
      throw error
    }
  }
  return Object.assign(make, {
    card: engine.card,
    plan: (prompt: string, options: GenerateOptions = {}) =>
      engine.plan(settingsOf(prompt, options), options.signal),
    live(prompt: string, options: FilmOptions = {}) {
      const { seconds, prompts, cache, before, onFrame, onPiece, ...clip } = options
      const live: LiveOptions = {
        ...(seconds !== undefined && { seconds }),
        ...(prompts && { prompts }),
        ...(cache && { cache }),
        ...(before && { before }),
      }
      const events: LiveEvents = {
        ...(clip.onProgress && { onProgress: clip.onProgress }),
        ...(onFrame && { onFrame }),
        ...(onPiece && { onPiece }),
      }
      return engine.live({ ...settingsOf(prompt, clip), live }, events, options.signal)
    },
    dispose: () => engine.dispose(),
  })
}

function settingsOf(prompt: string, options: GenerateOptions): GenerationInput {
  const {
    onProgress: _progress,
    onPreview: _preview,
    onPiece: _piece,
    signal: _signal,
    finish: _finish,
    ...settings
  } = options
  return { ...settings, prompt }
}

async function sourceOf(
  source: PretrainedSource,
  onProgress: FromPretrainedOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<ModelSource> {
  if (source === 'mini') return { kind: 'files', files: await fetchMini(onProgress, signal) }
  if (typeof source !== 'string')
    return { kind: 'files', files: Array.from(source, (file) => ({ name: file.name, file })) }
  const page = globalThis.location?.href
  if (!URL.canParse(source, page))
    throw new ZoetropeError(
      'model-missing',
      `"${source}" is not an address. Give that of a model's folder, such as "/models/wan/".`,
    )
  const { href } = new URL(source, page)
  return { kind: 'url', url: href.endsWith('/') ? href : `${href}/` }
}

async function fetchMini(
  onProgress: FromPretrainedOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<NamedFile[]> {
  let [loaded, total] = [0, 0]
  const fetchOne = async ([path, url]: [string, string]): Promise<NamedFile> => {
    const response = await fetch(url, signal ? { signal } : {}).catch((error: unknown) => {
      throw new ZoetropeError(
        'model-missing',
        `${url} could not be fetched: ${asZoetropeError(error).message}. Check the connection and try again.`,
        { cause: error },
      )
    })
    if (!response.ok)
      throw new ZoetropeError(
        'model-missing',
        `${url} answered ${response.status}; the bundled model's files must lie beside the package's script.`,
      )
    total += Number(response.headers.get('content-length') ?? 0)
    const file = await response.blob()
    loaded += file.size
    onProgress?.({ loaded, total: Math.max(loaded, total) })
    return { name: path.slice(path.lastIndexOf('/') + 1), file }
  }
  return Promise.all(Object.entries(MINI).map(fetchOne))
}
