// All that the page knows and does, put together once. React only shows it.
import type { CatalogueEntry } from '../../catalogue/catalogue'
import { SHAPES } from '../../catalogue/shapes'
import { toFailure } from '../../protocol/errors'
import { lasts } from '../../protocol/gallery'
import { readLink } from '../../protocol/recipe-link'
import type { RecipeReading } from '../../protocol/recipe'
import type { StudioClient } from '../../worker/studio-client'
import type { PageStorage } from '../kept'
import { lorasOnDisk } from '../loras/lora-files'
import { createLoraLibrary, type LoraLibrary } from '../loras/lora-library'
import type { ModelLibrary } from '../library/model-library'
import type { Session } from '../session-state'
import { createAnnouncer, type Announcer } from './announcer'
import { createClips, type Clips } from './clips'
import { goesOn, withEnd } from './continuation'
import { createEstimates, type Estimates } from './estimates'
import { beginWithPreset } from './first-preset'
import type { Place } from './form-pictures'
import { createFormStore, type FormStore } from './form-store'
import { givenFiles } from './given'
import { createLive, type Live } from './live'
import { FORM_PICTURE, idOfTab, LAST_FORM_PICTURE, SHARED_PICTURE, type Pictures } from './pictures'
import { joinQueues } from './kept-queue'
import { createQueue, type Queue } from './queue'
import type { StudioInput } from './studio-input'
import { restorePictures } from './restore-pictures'
import { createRunClock, type RunClock } from './run-clock'
import type { Writer } from './writer'

export interface Studio {
  session: Session
  library: ModelLibrary
  entries: readonly CatalogueEntry[]
  files: StudioClient
  form: FormStore
  queue: Queue
  clips: Clips
  live: Live
  loras: LoraLibrary
  /** Of longer prompts. */
  writer: Writer
  clock: RunClock
  estimates: Estimates
  announcer: Announcer
  storage: PageStorage | undefined
  /** What the address carried: a recipe, without what could not be restored, or one that is damaged. */
  link: { ok: true; restored: Promise<RecipeReading> } | { ok: false } | undefined
  /** Takes a picture into the form; where it is none, says so, and resolves to false. */
  takePicture(place: Place, file: File): Promise<boolean>
  /** A picture that another app has shared, once. */
  sharedPicture(): Promise<File | undefined>
  /** For a run: the form, and the LoRAs that are on. */
  input(): StudioInput
  /** Takes a recipe over into the form; the reading that comes back leaves out what could not be restored. */
  take(reading: RecipeReading): Promise<RecipeReading>
}

async function takeShared(pictures: Pictures): Promise<File | undefined> {
  const picture = await pictures.read(SHARED_PICTURE)
  await pictures.remove(SHARED_PICTURE)
  return picture
}

/** Letters of a prompt that another app shares. */
const MOST_SHARED = 4000

export interface StudioOptions {
  session: Session
  library: ModelLibrary
  entries: readonly CatalogueEntry[]
  files: StudioClient
  storage: PageStorage | undefined
  /** Of this tab alone, for as long as it is open. */
  tabStorage?: PageStorage | undefined
  pictures: Pictures
  writer: Writer
  /** Its address. */
  page: string
  /** Another tab has the queue: this one's is kept in the tab. */
  isSecondTab?: boolean
}

export function createStudio(options: StudioOptions): Studio {
  const { session, library, entries, files, storage, tabStorage, pictures, writer, page } = options
  const { isSecondTab = false } = options
  const announcer = createAnnouncer()
  const clips = createClips(files)
  /** Runs that go on at the next visit, by the clips in memory that were made of them. */
  const unsaved = new Map<string, string>()
  clips.subscribe(() => {
    for (const id of clips.get().deleted) {
      const run = unsaved.get(id)
      unsaved.delete(id)
      if (run !== undefined) void session.discardRun(run).catch(() => undefined)
    }
  })
  const estimates = createEstimates(storage, SHAPES, () => session.get().speed)
  const form = createFormStore(session, storage, { kept: pictures, takePicture: files.takePicture })
  const loras = createLoraLibrary({ storage, openFiles: () => lorasOnDisk(navigator.storage) })
  if (!isSecondTab) joinQueues(storage, tabStorage)
  const queue = createQueue({
    session: {
      get: session.get,
      cancel: session.cancel,
      discardRun: session.discardRun,
      isWithheld: session.isWithheld,
      async generate({ loras: records = [], ...input }, onKept, model) {
        writer.stop() // its memory is free before a text encoder is loaded
        let hasPiece = false
        const onPiece = (bytes: Uint8Array<ArrayBuffer>): void => {
          void files.draft(bytes, !hasPiece).catch(() => undefined)
          hasPiece = true
        }
        const given = {
          ...(await withEnd(input, files)),
          ...(records.length > 0 && { loras: await loras.inputs(records) }),
          ...(goesOn(session.get().engine?.model) && { keepsEnd: true }),
          leavesRun: true,
        }
        try {
          return await session.generate(given, {
            ...(onKept && { onKept }),
            onPiece,
            ...(model !== undefined && { model }),
          })
        } catch (error) {
          const isCancelled = toFailure(error).code === 'cancelled'
          if (hasPiece) void (isCancelled ? files.settle(true) : clips.rescue()).catch(() => undefined)
          throw error
        }
      },
    },
    storage: isSecondTab ? tabStorage : storage,
    files: { pictures, takePicture: files.takePicture, ...(isSecondTab && { newId: idOfTab }) },
    onMade({ result }, input, run) {
      const { mp4, latents, end, ...facts } = result
      estimates.learn(facts, Date.now())
      form.showSeed(result.seed)
      const keep = async (): Promise<void> => {
        const kept = await clips.keep(facts, mp4, {
          picture: input.image,
          given: givenFiles(input),
          latents,
          end,
        })
        const isSafe = kept !== undefined && lasts(kept, clips.get().place)
        await files.settle(isSafe, kept?.id).catch(() => undefined)
        if (kept === undefined || run === undefined) return
        // Until now a tab that closes would have lost the clip.
        if (isSafe) await session.discardRun(run).catch(() => undefined)
        else unsaved.set(kept.id, run)
      }
      void keep()
    },
  })
  const live = createLive({ session, form, clips, loras, writer, say: announcer.say, files })
  const clock = createRunClock({
    session,
    predict({ settings, control }) {
      const { engine } = session.get()
      if (engine === undefined) return undefined
      const { model, adapter } = engine
      const time = estimates.predict(model.id, adapter, settings, control)
      return time === undefined
        ? { stages: estimates.proportions(model.id, settings, control), isMeasured: false }
        : { stages: time.stages, isMeasured: time.source === 'model' }
    },
  })
  const address = new URL(page)
  const take = (reading: RecipeReading): Promise<RecipeReading> => {
    const { origin, settings, loras: records = [], control } = reading
    // Other programs' recipes name no files.
    const isOurs = origin === 'zoetrope' || origin === 'link'
    form.recall(settings)
    if (isOurs) form.control.recall(control ?? {})
    if (isOurs || records.length > 0) loras.recall(records)
    return restorePictures({ form, clips, session }, reading)
  }
  const carried = readLink(address.hash)
  const link = carried?.ok === true ? { ok: true as const, restored: take(carried.reading) } : carried
  const shared = address.searchParams.get('prompt')
  if (shared !== null) form.change({ prompt: shared.slice(0, MOST_SHARED) })
  // At once: the service worker keeps it as it came.
  let sharedPicture = address.searchParams.has('shared') ? takeShared(pictures) : undefined
  if (!isSecondTab) {
    const waiting = queue.get().items.flatMap(({ files = {} }) => Object.values(files))
    void pictures.keepOnly(new Set([FORM_PICTURE, LAST_FORM_PICTURE, SHARED_PICTURE, ...waiting]))
  }
  beginWithPreset(session, form, estimates)
  let lastEngine = session.get().engine
  session.subscribe(() => {
    const { engine, job } = session.get()
    const isNew = engine !== lastEngine && engine !== undefined
    lastEngine = engine
    // Also after a video that a script asked for: what waits may begin.
    if (isNew || (engine !== undefined && job === undefined)) queue.look()
  })
  return {
    session,
    library,
    entries,
    files,
    form,
    queue,
    clips,
    live,
    loras,
    writer,
    clock,
    estimates,
    announcer,
    storage,
    link,
    async takePicture(place, file) {
      try {
        await form.pictures.take(place, file)
        return true
      } catch (error) {
        announcer.say(toFailure(error).message)
        return false
      }
    },
    sharedPicture() {
      const picture = sharedPicture
      sharedPicture = undefined
      return Promise.resolve(picture)
    },
    input() {
      const records = loras.records()
      return { ...form.input(), ...(records.length > 0 && { loras: records }) }
    },
    take,
  }
}
