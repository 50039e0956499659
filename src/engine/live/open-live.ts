// An engine's films: checks what is asked, and steers a film while it is made.
import type {
  EngineCard,
  GenerationInput,
  LiveEvents,
  LiveInput,
  LiveRun,
  Planned,
} from '../../protocol/engine'
import { ZoetropeError } from '../../protocol/errors'
import { cleanText } from '../../protocol/clean-text'
import { checkLive, type LiveChange } from '../../protocol/live'
import type { GenerationSettings } from '../../protocol/settings'
import type { Materials } from '../clip-job'
import { unlessAborted } from '../../weights/sources/unless-aborted'
import type { Workshop } from '../workshop'
import { loraReport, type ClipLora } from '../model/loras'
import type { FilmRequest, Steering } from './film-request'
import { LiveMaker } from './live-maker'

interface CheckedClip {
  readonly settings: GenerationSettings
  readonly notes: readonly string[]
  readonly materials: Materials
}

export interface LiveFilms {
  plan(input: LiveInput): Promise<Planned>
  /** @param making runs a film while nothing else does */
  run(
    input: LiveInput,
    events: LiveEvents,
    signal: AbortSignal,
    making: <T>(work: () => Promise<T>) => Promise<T>,
  ): LiveRun
}

/** What the viewer says, until the film asks. */
class Wishes implements Steering {
  isStopped = false
  private watched: number | undefined
  private prompt: string | undefined
  private wake: () => void = () => undefined

  constructor(private readonly promptCharacters: number) {}

  change(change: LiveChange): void {
    if ('stop' in change) this.isStopped = true
    else if ('watched' in change) this.watched = Math.max(change.watched, this.watched ?? 0)
    else {
      const { text } = cleanText(change.prompt, 'prompt', this.promptCharacters)
      if (text !== '') this.prompt = text
    }
    this.wake()
  }

  async untilWatched(frames: number, signal: AbortSignal): Promise<void> {
    while (!this.isStopped && this.watched !== undefined && this.watched < frames) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve))
      await unlessAborted(woken, signal)
    }
  }

  takePrompt(): string | undefined {
    const { prompt } = this
    this.prompt = undefined
    return prompt
  }
}

/** The weights of a film stay as they are from its first chunk to its last. */
function checkOneStrength({ adapter, strength }: ClipLora): void {
  if (typeof strength === 'number') return
  throw new ZoetropeError(
    'invalid-settings',
    `${adapter.file.name} has ${strength.length} strengths, one for each step. In a film a LoRA has one strength for all steps: give it one.`,
  )
}

/** A film is decoded chunk by chunk from latents that are not changed once they are made. */
function checkNoSeries({ keepsEnd = false, holdsColours = false }: GenerationInput, title: string): void {
  if (!keepsEnd && !holdsColours) return
  const [lacks, option] = keepsEnd
    ? ['keeps no last frame for another clip', '--keep-end']
    : ["cannot keep an earlier clip's colours", '--hold-colours (on the page: Keep the colours)']
  throw new ZoetropeError(
    'invalid-settings',
    `${title} makes this video chunk by chunk, which ${lacks}. Leave out ${option}, or make a clip with a model that is not causal.`,
  )
}

/** A film that goes on from another has begun. */
function withoutBeginning({
  image: _image,
  lastImage: _last,
  continueFrom: _end,
  ...input
}: GenerationInput): GenerationInput {
  return input
}

/** @param checked checks settings and picture as for a clip */
export function openLive(
  shop: Workshop,
  { model }: EngineCard,
  checked: (input: GenerationInput) => Promise<CheckedClip>,
): LiveFilms {
  const maker = new LiveMaker(shop)

  const requestOf = async (input: LiveInput): Promise<{ request: FilmRequest; notes: readonly string[] }> => {
    const { live: options = {}, ...clip } = input
    if (!model.live)
      throw new ZoetropeError(
        'invalid-settings',
        `${model.title} makes clips, not films that play while they are made. Choose a causal model, such as Self-Forcing or LongLive.`,
      )
    checkNoSeries(clip, model.title)
    const { before } = options
    const { settings, notes, materials } = await checked({
      ...(before ? withoutBeginning(clip) : clip),
      decoder: clip.decoder ?? model.live.decoder,
      ...(before && { seed: before.seed }),
    })
    materials.control?.close() // a film follows none
    for (const lora of materials.loras ?? []) checkOneStrength(lora)
    const { live, notes: more } = checkLive(options, settings.prompt, model.limits)
    const shape = before?.latents[0]?.shape
    const { geometry } = materials.files.networks
    if (
      before &&
      (shape?.[0] !== geometry.channels ||
        shape[2] !== settings.height / geometry.stride.height ||
        shape[3] !== settings.width / geometry.stride.width)
    )
      throw new ZoetropeError(
        'invalid-settings',
        `A film can only be extended in its own size and with its own model, and its latents do not fit ${settings.width}×${settings.height} with ${model.title}. Choose the film's size and model.`,
      )
    return {
      request: { settings, live, materials, ...(before && { before }) },
      notes: [...notes, ...more],
    }
  }

  return {
    async plan(input) {
      const { request, notes } = await requestOf(input)
      const { loras } = request.materials
      return {
        settings: request.settings,
        memory: (await maker.plan(request)).plan,
        notes,
        ...(loras && { loras: loras.map(loraReport) }),
      }
    },
    run(input, events, signal, making) {
      const wishes = new Wishes(model.limits.promptCharacters)
      const make = async () => {
        const { request, notes } = await requestOf(input)
        const result = await making(() => maker.make(request, wishes, events, signal))
        return { ...result, notes: [...notes, ...result.notes] }
      }
      return { change: (change) => wishes.change(change), result: make() }
    },
  }
}
