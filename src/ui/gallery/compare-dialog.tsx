import type { ClipRecord } from '../../protocol/gallery'
import type { SettingName } from '../../protocol/settings'
import { Dialog } from '../dialog'
import { useReducedMotion } from '../hooks'
import { settingText } from '../studio/setting-text'
import { settingsOf } from '../studio/settings-of'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { useClipUrl } from './clip-url'
import { Transport } from './transport'
import { usePlayer, type Player } from './use-player'

function Side({
  studio,
  clip,
  player,
  index,
}: {
  studio: Studio
  clip: ClipRecord
  player: Player
  index: number
}) {
  const words = useWords()
  const url = useClipUrl(studio, clip.id)
  return (
    <figure>
      {url !== undefined && (
        <video
          ref={player.attach(index)}
          src={url}
          aria-label={words.stage.video(clip.facts.prompt)}
          loop
          muted
          playsInline
          autoPlay={player.isPlaying}
          style={{ aspectRatio: clip.facts.width / clip.facts.height }}
        />
      )}
      <figcaption dir="auto">{clip.facts.prompt}</figcaption>
    </figure>
  )
}

/** Two clips in step, and where their recipes differ. */
export function CompareDialog({
  studio,
  clips,
  onClose,
}: {
  studio: Studio
  clips: readonly [ClipRecord, ClipRecord]
  onClose(): void
}) {
  const words = useWords()
  const isStill = useReducedMotion()
  const [first, second] = clips
  const frames = Math.min(first.facts.numFrames, second.facts.numFrames)
  const player = usePlayer(first.facts.fps, frames, !isStill)
  const [left, right] = [settingsOf(first.facts), settingsOf(second.facts)]
  const different = (Object.keys(left) as SettingName[]).filter(
    (name) => name !== 'prompt' && left[name] !== right[name],
  )
  return (
    <Dialog title={words.gallery.compareTitle} onClose={onClose}>
      <div className="compare">
        <Side studio={studio} clip={first} player={player} index={0} />
        <Side studio={studio} clip={second} player={player} index={1} />
      </div>
      <Transport player={player} frames={frames} />
      <table className="differences">
        <tbody>
          {different.map((name) => (
            <tr key={name}>
              <td>{settingText(left, name, words)}</td>
              <th scope="row">{words.settings.names[name]}</th>
              <td>{settingText(right, name, words)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  )
}
