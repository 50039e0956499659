import './ui/trusted-types'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { CATALOGUE } from './catalogue/catalogue'
import { WRITER } from './catalogue/writers'
import { toFailure, type Failure } from './protocol/errors'
import type { OpenRequest } from './protocol/model-source'
import { App } from './ui/app'
import { ERASED } from './ui/kept'
import { browserHandles } from './ui/library/browser-handles'
import { createModelLibrary } from './ui/library/model-library'
import { isAddressed, requestOf } from './ui/model-url'
import { watchUpdates } from './ui/service-worker'
import { enterRoom } from './ui/room'
import { createSession } from './ui/session'
import type { Session } from './ui/session-state'
import { adoptRuns } from './ui/studio/adopt-runs'
import { isSettled } from './ui/studio/loaded'
import { createPictures, PICTURES_CACHE } from './ui/studio/pictures'
import { claimedRuns, claimRuns } from './ui/studio/run-claims'
import { createStudio } from './ui/studio/studio'
import { createWriter, gpuHasF16 } from './ui/studio/writer'
import './ui/styles/page.css'
import { findMissing, surroundings } from './ui/support'
import { firstLanguage, loadWords } from './ui/text/language'
import { startEngine } from './worker/client'
import { startStore } from './worker/store-client'
import { startStudio } from './worker/studio-client'
import { writeInWorker } from './worker/writer-client'

declare global {
  /** For scripts: the command line and the tests drive the page through it. */
  var zoetrope: Session
}

function wanted(): { request?: OpenRequest; wrong?: Failure } {
  try {
    return { request: requestOf(location.href) }
  } catch (error) {
    return { wrong: { ...toFailure(error), code: 'invalid-settings' } }
  }
}

/** In a browser that denies pages storage, even the access throws. */
function storage(name: 'localStorage' | 'sessionStorage' = 'localStorage'): Storage | undefined {
  try {
    return globalThis[name]
  } catch {
    return undefined
  }
}

const QUEUE_LOCK = 'zoetrope.queue'

/** One tab holds the queue, for as long as it is open. */
function isSecondTab(): Promise<boolean> {
  if (!('locks' in navigator)) return Promise.resolve(false)
  return new Promise((resolve) => {
    navigator.locks
      .request(QUEUE_LOCK, { ifAvailable: true }, (lock) => {
        resolve(lock === null)
        return lock === null ? undefined : new Promise<never>(() => undefined)
      })
      .catch(() => resolve(false))
  })
}

enterRoom(location)
const { request, wrong } = wanted()
const session = createSession({
  client: startEngine(),
  request,
  missing: wrong ?? findMissing(surroundings()),
})
globalThis.zoetrope = session

const language = firstLanguage(storage(), navigator.languages)
let words = await loadWords(language)
const library = createModelLibrary({
  session,
  modelStore: startStore(),
  disk: browserHandles(),
  request: request ?? requestOf(location.origin + location.pathname),
  isAddressed: isAddressed(location.href),
  storage: storage(),
  catalogue: [...CATALOGUE, WRITER],
  words: () => words,
})
void library.start()

const isSecond = await isSecondTab()
const studio = createStudio({
  session,
  library,
  entries: CATALOGUE,
  files: startStudio(),
  storage: storage(),
  tabStorage: storage('sessionStorage'),
  writer: createWriter({ entry: WRITER, library, session, run: writeInWorker, hasF16: gpuHasF16 }),
  pictures: createPictures('caches' in globalThis ? () => caches.open(PICTURES_CACHE) : undefined),
  page: location.href,
  isSecondTab: isSecond,
})
void studio.clips.start()
addEventListener('storage', ({ key }) => key === ERASED && studio.queue.clear())
if ('locks' in navigator) claimRuns(studio.queue, navigator.locks)
void adoptRuns(session, studio.clips, studio.queue, {
  isSecondTab: isSecond,
  claimed: () => claimedRuns(navigator.locks),
})

const WAIT_FOR_ENGINE_MS = 60_000

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')
createRoot(root).render(
  <StrictMode>
    <App
      studio={studio}
      words={words}
      onWords={(next) => (words = next)}
      updates={
        import.meta.env.PROD ? watchUpdates('sw.js', isSettled(session, WAIT_FOR_ENGINE_MS)) : undefined
      }
    />
  </StrictMode>,
)
