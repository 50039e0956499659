// Films that play while they are made: begun, changed, stopped, gone on from. Without React.
import type { LiveInput } from '../../protocol/engine'
import { toFailure, type Failure } from '../../protocol/errors'
import { lasts } from '../../protocol/gallery'
import type { LiveOptions } from '../../protocol/live'
import type { Beside, StudioClient } from '../../worker/studio-client'
import type { Session } from '../session-state'
import type { Clips } from './clips'
import { withEnd } from './continuation'
import { filmInput } from './film-input'
import { createStore, type Store } from '../store'
import type { LoraLibrary } from '../loras/lora-library'
import type { FormStore } from './form-store'
import type { Writer } from './writer'
import { givenFiles } from './given'

export interface LiveState {
  /** Whether the page's button makes a film, and no clip. */
  isLive: boolean
  /** What the session shows of a film that failed. */
  problem: Failure | undefined
}

export interface Live extends Pick<Store<LiveState>, 'get' | 'subscribe'> {
  choose(isLive: boolean): void
  /** Whether that was chosen, and the model can. */
  isOn(): boolean
  /** Begins a film with the settings of the form. */
  start(options?: LiveOptions): Promise<void>
  /** The prompt from the next chunk on. */
  changePrompt(prompt: string): void
  /** Ends the film after the chunk that is being made, and keeps it. */
  stop(): void
  /** Goes on from the film that was made last. */
  extend(): Promise<void>
  /** Begins the film that failed once more, with the seed that it had. */
  retry(seed: number | undefined): Promise<void>
}

export interface LiveNeeds {
  session: Session
  form: FormStore
  clips: Clips
  loras: Pick<LoraLibrary, 'records' | 'inputs'>
  writer: Pick<Writer, 'stop'>
  /** Shows a sentence. */
  say(text: string): void
  files: Pick<StudioClient, 'draft' | 'settle' | 'end'>
}

export function createLive({ session, form, clips, loras, writer, say, files }: LiveNeeds): Live {
  const store = createStore<LiveState>({ isLive: false, problem: undefined })
  session.collect(({ bytes, isFirst }) => void files.draft(bytes, isFirst).catch(() => undefined))

  type Choose = (asked: LiveInput) => LiveInput
  let last: Choose = (asked) => asked
  /** Files that the last film began with. */
  let begun: Beside | undefined

  const run = async (choose: Choose): Promise<void> => {
    last = choose
    const input = await asked().then(choose, (error: unknown) => say(toFailure(error).message))
    if (!input) return
    writer.stop()
    try {
      const { result } = await session.live(input, true)
      const { mp4, film: _film, ...facts } = result // that of the session: no gallery has room for its latents
      form.showSeed(result.seed)
      if (input.live?.before === undefined) begun = { picture: input.image, given: givenFiles(input) }
      const kept = await clips.keep(facts, mp4, begun)
      const isSafe = kept !== undefined && lasts(kept, clips.get().place)
      await files.settle(isSafe, kept?.id).catch(() => undefined)
    } catch (error) {
      const { code, message } = toFailure(error)
      if (code === 'busy') return say(message) // what is on the disk is of the video that is being made
      store.set({ problem: session.get().problem })
      // The session shows what went wrong; a film that was not thrown away is kept as far as it came.
      if (code !== 'cancelled') await clips.rescue()
      else await files.settle(true).catch(() => undefined)
    }
  }
  /** The settings of the form, with the LoRAs that are chosen. */
  const asked = async (): Promise<LiveInput> => {
    const { loras: _records, ...input } = filmInput(form.input())
    const records = loras.records()
    return {
      ...(await withEnd(input, files)),
      ...(records.length > 0 && { loras: await loras.inputs(records) }),
    }
  }
  return {
    get: store.get,
    subscribe: store.subscribe,
    choose: (isLive) => store.set({ isLive }),
    isOn: () => store.get().isLive && session.get().engine?.model.live !== undefined,
    start: (options = {}) => run((input) => ({ ...input, live: options })),
    changePrompt: (prompt) => session.change({ prompt }),
    stop: () => session.change({ stop: true }),
    async extend() {
      const { film } = session.get()
      if (film === undefined) return
      const { width, height, decoder, upscale } = film.settings
      await run(({ seed: _seed, ...input }) => ({
        ...input,
        width,
        height,
        decoder,
        upscale,
        live: { before: film.film },
      }))
    },
    retry(seed) {
      const again = last
      return run((asked) => ({ ...again(asked), ...(seed !== undefined && { seed }) }))
    },
  }
}
