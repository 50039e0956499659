// All that the page knows and does, put together once. React only shows it.
import type { CatalogueEntry } from '../../catalogue/catalogue'
import { SHAPES } from '../../catalogue/shapes'
import { readLink } from '../../protocol/recipe-link'
import type { RecipeReading } from '../../protocol/recipe'
import type { StudioClient } from '../../worker/studio-client'
import type { Drawer } from '../kept'
import type { Shelf } from '../library/shelf'
import type { Session } from '../session'
import { createAnnouncer, type Announcer } from './announcer'
import { createClips, type Clips } from './clips'
import { createEstimates, type Estimates } from './estimates'
import { beginWithPreset } from './first-preset'
import { createFormStore, type FormStore } from './form-store'
import { createQueue, type Queue } from './queue'
import { createRunClock, type RunClock } from './run-clock'

export interface Studio {
  session: Session
  shelf: Shelf
  entries: readonly CatalogueEntry[]
  files: StudioClient
  form: FormStore
  queue: Queue
  clips: Clips
  clock: RunClock
  estimates: Estimates
  announcer: Announcer
  drawer: Drawer | undefined
  /** What the address carried. */
  link: ReturnType<typeof readLink>
  /** Takes a recipe over into the form. */
  take(reading: RecipeReading): void
}

/** Letters of a prompt that another app shares. */
const MOST_SHARED = 4000

export interface StudioOptions {
  session: Session
  shelf: Shelf
  entries: readonly CatalogueEntry[]
  files: StudioClient
  drawer: Drawer | undefined
  /** Its address. */
  page: string
  /** Another tab has the queue: this one's is not kept. */
  isSecondTab?: boolean
}

export function createStudio(options: StudioOptions): Studio {
  const { session, shelf, entries, files, drawer, page, isSecondTab = false } = options
  const clips = createClips(files)
  const estimates = createEstimates(drawer, SHAPES, () => session.get().speed)
  const form = createFormStore(session, drawer)
  const queue = createQueue({
    session,
    drawer: isSecondTab ? undefined : drawer,
    onMade({ result }, { image }) {
      const { mp4, end: _end, ...facts } = result
      estimates.learn(facts, Date.now())
      form.change({ seed: String(result.seed) })
      void clips.keep(facts, mp4, image)
    },
  })
  const clock = createRunClock({
    session,
    predict(settings) {
      const { engine } = session.get()
      if (engine === undefined) return undefined
      const { model, adapter } = engine
      const time = estimates.predict(model.id, adapter, settings)
      return time === undefined
        ? { stages: estimates.proportions(model.id, settings), isMeasured: false }
        : { stages: time.stages, isMeasured: time.source === 'model' }
    },
  })
  const address = new URL(page)
  const link = readLink(address.hash)
  const take = (reading: RecipeReading): void => form.recall(reading.settings)
  if (link?.ok === true) take(link.reading)
  const shared = address.searchParams.get('prompt')
  if (shared !== null) form.change({ prompt: shared.slice(0, MOST_SHARED) })
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
    shelf,
    entries,
    files,
    form,
    queue,
    clips,
    clock,
    estimates,
    announcer: createAnnouncer(),
    drawer,
    link,
    take,
  }
}
