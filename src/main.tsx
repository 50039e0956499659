import './ui/trusted-types'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { CATALOGUE } from './catalogue/catalogue'
import { toFailure, type Failure } from './protocol/errors'
import type { OpenRequest } from './protocol/model-source'
import { App } from './ui/app'
import { browserHandles } from './ui/library/browser-handles'
import { createShelf } from './ui/library/shelf'
import { isAddressed, requestOf } from './ui/model-url'
import { watchUpdates } from './ui/service-worker'
import { createSession, type Session } from './ui/session'
import './ui/styles/page.css'
import { findMissing, surroundings } from './ui/support'
import { startEngine } from './worker/client'
import { startStore } from './worker/store-client'

declare global {
  /** For scripts: the command line and the tests drive the page by it. */
  var zoetrope: Session
}

function wanted(): { request?: OpenRequest; wrong?: Failure } {
  try {
    return { request: requestOf(location.href) }
  } catch (error) {
    return { wrong: { ...toFailure(error), code: 'invalid-settings' } }
  }
}

/** A browser that keeps nothing for pages denies even the look at it. */
function drawer(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

const { request, wrong } = wanted()
const session = createSession({
  client: startEngine(),
  request,
  missing: wrong ?? findMissing(surroundings()),
})
globalThis.zoetrope = session
const shelf = createShelf({
  session,
  downloads: startStore(),
  disk: browserHandles(),
  request: request ?? requestOf(location.origin + location.pathname),
  isAddressed: isAddressed(location.href),
  drawer: drawer(),
  catalogue: CATALOGUE,
})
void shelf.start()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')
createRoot(root).render(
  <StrictMode>
    <App
      session={session}
      shelf={shelf}
      entries={CATALOGUE}
      updates={import.meta.env.PROD ? watchUpdates('sw.js') : undefined}
    />
  </StrictMode>,
)
