import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { toFailure, type Failure } from './protocol/errors'
import { App } from './ui/app'
import { modelUrlOf } from './ui/model-url'
import { watchUpdates } from './ui/service-worker'
import { createSession, type Session } from './ui/session'
import './ui/styles/page.css'
import { findMissing, surroundings } from './ui/support'
import { startEngine } from './worker/client'

declare global {
  /** For scripts: the command line and the tests drive the page by it. */
  var zoetrope: Session
}

function modelUrl(): { url: string; wrong?: Failure } {
  try {
    return { url: modelUrlOf(location.href) }
  } catch (error) {
    return { url: '', wrong: { ...toFailure(error), code: 'invalid-settings' } }
  }
}

const model = modelUrl()
const session = createSession({ client: startEngine(), modelUrl: model.url, missing: model.wrong ?? findMissing(surroundings()) })
globalThis.zoetrope = session
void session.open()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')
createRoot(root).render(
  <StrictMode>
    <App session={session} updates={import.meta.env.PROD ? watchUpdates('sw.js') : undefined} />
  </StrictMode>,
)
