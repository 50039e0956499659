import { useStore, useTicker } from './hooks'
import { IdleDisc } from './idle-disc'
import type { Room } from './room'
import type { Studio } from './studio/studio'
import { useWords } from './text/language'

export interface MastheadProps {
  studio: Studio
  room: Room
  isOffline: boolean
  onModels(): void
  onHelp(): void
}

/** How far the run is, in a room where its stage cannot be seen. */
function RunPill({ studio }: { studio: Studio }) {
  const words = useWords()
  useTicker(true, 1000)
  const percent = Math.floor(100 * (studio.clock.read()?.done ?? 0))
  return (
    <a className="pill" href="#/create" aria-label={words.nav.running(percent)}>
      {percent} %
    </a>
  )
}

export function Masthead({ studio, room, isOffline, onModels, onHelp }: MastheadProps) {
  const { nav } = useWords()
  const { job } = useStore(studio.session)
  const { clips } = useStore(studio.clips)
  return (
    <header className="masthead">
      <p className="wordmark">
        <IdleDisc isTurning={job !== undefined} />
        <a href="#/create">Zoetrope</a>
      </p>
      {isOffline && <p className="offline">{nav.offline}</p>}
      <nav className="rooms" aria-label={nav.label}>
        {job !== undefined && room !== 'create' && <RunPill studio={studio} />}
        <a href="#/create" aria-current={room === 'create' ? 'page' : undefined}>
          {nav.create}
        </a>
        <a href="#/gallery" aria-current={room === 'gallery' ? 'page' : undefined}>
          {nav.gallery}
          {clips.length > 0 && <span className="hint"> {clips.length}</span>}
        </a>
        <button type="button" aria-haspopup="dialog" onClick={onModels}>
          {nav.models}
        </button>
        <button type="button" aria-haspopup="dialog" onClick={onHelp}>
          {nav.help}
        </button>
      </nav>
    </header>
  )
}
