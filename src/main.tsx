import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { toFailure, type Failure } from './protocol/errors'
import type { OpenRequest } from './protocol/model-source'
import { App } from './ui/app'
import { requestOf } from './ui/model-url'
import { watchUpdates } from './ui/service-worker'
import { createSession, type Session } from './ui/session'
import './ui/styles/page.css'
import { findMissing, surroundings } from './ui/support'
import { startEngine } from './worker/client'

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

const { request, wrong } = wanted()
const session = createSession({ client: startEngine(), request, missing: wrong ?? findMissing(surroundings()) })
globalThis.zoetrope = session
void session.open()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')
createRoot(root).render(
  <StrictMode>
    <App session={session} updates={import.meta.env.PROD ? watchUpdates('sw.js') : undefined} />
  </StrictMode>,
)
