// Stands in for src/engine/pipeline.ts where a test is about the page, not the model: a ball on a plain ground,
// encoded for real.
// What it does is written in the prompt: "slow", "slow at first" (not among the frames), "broken", "lost", "foreign".
import { latentsFile } from '../../../src/engine/latents-file'
import { openPicture } from '../../../src/media/picture/open'
import { openVideoWriter } from '../../../src/media/video-writer'
import type { ClipEnd } from '../../../src/protocol/clip-end'
import { ZoetropeError } from '../../../src/protocol/errors'
import type { ControlInput, ControlMetadata } from '../../../src/protocol/control'
import type {
  GenerationEvents,
  GenerationInput,
  GenerationResult,
  StageTime,
} from '../../../src/protocol/engine'
import type { ModelSource } from '../../../src/protocol/model-source'
import type { MemoryPlan, PreviewImage, Stage } from '../../../src/protocol/progress'
import type { ClipMetadata, GenerationSettings, SettingsInput } from '../../../src/protocol/settings'
import { limitsFor } from '../../../src/protocol/limits'
import { pictureSize, type PictureFit } from '../../../src/protocol/picture-size'
import { normaliseSettings } from '../../../src/protocol/normalise'
import type { ServedEngine } from '../../../src/worker/engine-slot'
import { rgbaToI420 } from '../../support/rgba-to-i420'

const FPS = 16
const LOAD_MS = 40
const SLOW_MS = 400

/** Red on blue, moving right. */
function paint(
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  time: number,
  noise: number,
): void {
  const centre = width * (0.15 + 0.7 * time)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isBall = Math.hypot(x - centre, y - height / 2) < Math.min(width, height) * 0.22
      const grain = noise === 0 ? 0 : noise * (Math.random() - 0.5) * 255
      const at = 4 * (y * width + x)
      rgba[at] = Math.min(255, Math.max(0, (isBall ? 226 : 135) + grain))
      rgba[at + 1] = Math.min(255, Math.max(0, (isBall ? 44 : 190) + grain))
      rgba[at + 2] = Math.min(255, Math.max(0, (isBall ? 46 : 235) + grain))
      rgba[at + 3] = 255
    }
  }
}

function previewOf({ width, height, numFrames }: GenerationSettings, noise: number): PreviewImage {
  const frames = (numFrames - 1) / 4 + 1
  const [w, h] = [width / 8, height / 8]
  const rgba = Array.from({ length: frames }, (_, frame) => {
    const image = new Uint8ClampedArray(w * h * 4)
    paint(image, w, h, frame / frames, noise)
    return image
  })
  return { width: w, height: h, frames, rgba }
}

/** Of the pixels: every file of a test is a picture. */
const sha256Of = async (file: Blob): Promise<string> => (await openPicture(file, 'The picture')).sha256

/** What a recipe says of a control. */
async function controlFacts({
  video,
  task,
  mask,
  maskKeys,
  references = [],
  strength = 1,
}: ControlInput): Promise<ControlMetadata> {
  return {
    strength,
    ...(video && task && { task, videoSha256: await sha256Of(video) }),
    ...(mask && { maskSha256: await sha256Of(mask), ...(maskKeys && { maskKeys }) }),
    ...(references.length > 0 && { referenceSha256: await Promise.all(references.map(sha256Of)) }),
  }
}

async function generate(
  settings: GenerationSettings,
  { control, image, lastImage }: GenerationInput,
  events: GenerationEvents,
  signal: AbortSignal,
  finish?: AbortSignal,
): Promise<GenerationResult> {
  const begun = performance.now()
  const { seed, width, height, numFrames, numInferenceSteps } = settings
  const recipe: ClipMetadata = {
    ...settings,
    app: 'Zoetrope',
    appVersion: '0',
    model: 'fake',
    modelVersion: '1',
    fps: FPS,
    ...(control && { control: await controlFacts(control) }),
    ...(image && { imageSha256: await sha256Of(image) }),
    ...(lastImage && { lastImageSha256: await sha256Of(lastImage) }),
  }
  const stages: StageTime[] = []
  const isSlow = settings.prompt.includes('slow')
  const isSlowToTheEnd = isSlow && !settings.prompt.includes('slow at first')
  const stage = async (
    name: Stage,
    steps: number,
    work: (step: number) => Promise<void> | void,
  ): Promise<void> => {
    const from = performance.now()
    const seconds = (): number => (performance.now() - from) / 1000
    const pause = (name === 'decode' || name === 'finish' ? isSlowToTheEnd : isSlow) ? SLOW_MS : LOAD_MS
    events.onProgress?.({ stage: name, step: 0, steps, seconds: 0 })
    for (let step = 1; step <= steps; step++) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      signal.throwIfAborted()
      await work(step)
      events.onProgress?.({
        stage: name,
        step,
        steps,
        seconds: seconds(),
        eta: (seconds() / step) * (steps - step),
      })
      if (name === 'denoise' && step < steps && finish?.aborted === true) {
        recipe.stepsRun = step
        break
      }
    }
    stages.push({ stage: name, seconds: seconds() })
  }
  await stage('load', 2, () => undefined)
  await stage('tokenise', 1, () => undefined)
  await stage('encode', 2, () => undefined)
  if (settings.prompt.includes('broken'))
    throw new ZoetropeError(
      'out-of-memory',
      'This GPU gave 512 MB; the clip needs 900 MB. Choose a smaller size or fewer frames.',
    )
  if (settings.prompt.includes('lost'))
    throw new ZoetropeError(
      'device-lost',
      'The GPU was reset while it worked. Close other heavy tabs and try again.',
    )
  if (settings.prompt.includes('foreign')) await fetch('https://example.org/').catch(() => undefined)
  await stage('denoise', numInferenceSteps, (step) =>
    events.onPreview?.(previewOf(settings, 1 - step / numInferenceSteps)),
  )
  const writer = openVideoWriter({ width, height, fps: FPS, recipe })
  const frame = new Uint8Array(width * height * 4)
  await stage('decode', (numFrames - 1) / 4 + 1, async (step) => {
    for (let i = step === 1 ? 0 : 4 * step - 7; i <= 4 * step - 4; i++) {
      paint(frame, width, height, i / numFrames, 0)
      await writer.addFrame(rgbaToI420(frame, width, height))
    }
  })
  let mp4 = new Uint8Array()
  await stage('finish', 1, async () => {
    mp4 = await writer.finish()
  })
  return {
    ...recipe,
    mp4,
    codec: writer.codec,
    adapter: 'Test GPU',
    seconds: (performance.now() - begun) / 1000,
    stages,
    peakGpuBytes: 210e6,
    plannedGpuBytes: 212e6,
    latentsSha256: '0'.repeat(64),
    latents: latentsFile(new Uint8Array(new Float32Array(24).fill(seed % 7).buffer), [1, 2, 3, 4], recipe),
    variants: {},
    notes: [],
  }
}

function endOf({ width, height }: GenerationSettings): ClipEnd {
  const frame = new Float32Array(width * height * 3).fill(0.5)
  return { width, height, frame, statistics: { mean: [0], deviation: [1] } }
}

function plan({ width, height, numFrames }: GenerationSettings): MemoryPlan {
  const bytes = width * height * numFrames * 40
  return {
    stages: [{ stage: 'decode', weightBytes: 1e6, activationBytes: bytes }],
    peakBytes: bytes + 1e6,
    budgetBytes: 4e9,
    weightFormat: 'f16',
    streamed: false,
    notes: [],
  }
}

const DEFAULTS = {
  width: 96,
  height: 96,
  numFrames: 33,
  numInferenceSteps: 4,
  guidanceScale: 1,
  shift: 3,
  sampler: 'unipc',
}

let opens = 0

export async function openPipeline({
  gpu,
  model,
  signal,
}: {
  gpu: GPU | undefined
  model: ModelSource
  signal: AbortSignal
}): Promise<ServedEngine> {
  opens += 1
  // Only the first time: who stops waiting may try again.
  if (opens === 1 && model.kind === 'url' && model.url.includes('endless'))
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error)),
    )
  if (model.kind === 'url' && model.url.includes('absent'))
    throw new ZoetropeError(
      'model-missing',
      `There is no model at ${model.url}: its manifest.json was not found.`,
    )
  if (gpu === undefined) throw new ZoetropeError('no-adapter', 'No GPU.')
  const takesPicture = model.kind === 'url' && model.url.includes('pictures')
  const takesControl = model.kind === 'url' && model.url.includes('control')
  const pictureFit: PictureFit = takesControl ? 'control' : 'cover'
  const unit = { width: 16, height: 16 }
  /** With the size that follows from a picture, or is that of the clip before. */
  const sized = async (input: GenerationInput): Promise<SettingsInput> => {
    const { image, continueFrom } = input
    if (continueFrom) return { ...input, width: continueFrom.width, height: continueFrom.height }
    if (!image || input.width !== undefined || input.height !== undefined) return input
    return { ...input, ...pictureSize(await openPicture(image, 'The picture'), pictureFit, DEFAULTS, unit) }
  }
  const limits = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 }, DEFAULTS)
  const checked = (input: SettingsInput): { settings: GenerationSettings; notes: string[] } => {
    const result = normaliseSettings(input, limits)
    if (!result.ok) throw new ZoetropeError('invalid-settings', result.reason)
    return result
  }
  return {
    card: {
      adapter: 'Test GPU',
      model: {
        id: 'fake',
        title: 'Zoetrope Mini',
        version: '1',
        fps: FPS,
        defaults: limits.defaults,
        limits,
        ...((takesPicture || takesControl) && { pictureFit }),
        takesPicture: takesPicture || takesControl,
        takesLastPicture: takesControl,
        takesControl,
        sizes: [
          { width: 64, height: 64 },
          { width: 96, height: 96 },
          { width: 128, height: 96 },
        ],
        bytes: 11e6,
      },
    },
    lost: new Promise<string>(() => undefined),
    async plan(input) {
      const { settings, notes } = checked(await sized(input))
      return { settings, memory: plan(settings), notes }
    },
    async generate(input, events = {}, stop = new AbortController().signal, finish = undefined) {
      const { settings, notes } = checked(await sized(input))
      const result = await generate(settings, input, events, stop, finish)
      const { image, continueFrom, keepsEnd, holdsColours } = input
      const begun = [
        ...(image ? [`It began with ${image.size} bytes of a picture.`] : []),
        ...(continueFrom ? [`It went on from ${continueFrom.frame.length} numbers.`] : []),
        ...(holdsColours ? ['It kept the colours.'] : []),
      ]
      return {
        ...result,
        ...(keepsEnd && { end: endOf(settings) }),
        notes: [...notes, ...begun, ...result.notes],
      }
    },
    live: () => ({
      change: () => undefined,
      result: Promise.reject(new ZoetropeError('invalid-settings', 'This model makes no films.')),
    }),
    dispose: () => undefined,
  }
}
