import type { ClipRecord } from '../../protocol/gallery'
import type { GenerationSettings, SettingName } from '../../protocol/settings'
import { Facts } from '../create/facts'
import { Dialog } from '../dialog'
import { useReducedMotion, useStore } from '../hooks'
import { beginWithFrame } from '../studio/begin-with-frame'
import { ClipActions } from '../studio/clip-actions'
import { settingText } from '../studio/setting-text'
import { settingsToReuse } from '../studio/settings-of'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { useClipUrl } from './clip-url'
import { Transport } from './transport'
import { usePlayer } from './use-player'

export interface ClipDialogProps {
  studio: Studio
  clip: ClipRecord
  onDelete(): void
  onClose(): void
}

/** The recipe, each setting with a way to take over just that one. */
function Recipe({ studio, clip }: { studio: Studio; clip: ClipRecord }) {
  const words = useWords()
  const settings: Partial<GenerationSettings> = settingsToReuse(clip.facts)
  const names = Object.keys(settings) as SettingName[]
  return (
    <dl className="recipe">
      {names
        .filter((name) => settings[name] !== '')
        .map((name) => (
          <div key={name}>
            <dt>{words.settings.names[name]}</dt>
            <dd>
              <span dir="auto">{settingText(settings, name, words)}</span>
              <button
                type="button"
                className="reset"
                aria-label={words.clip.recallOne(words.settings.names[name])}
                title={words.clip.recallOne(words.settings.names[name])}
                onClick={() => {
                  studio.form.recall(settings, [name])
                  studio.announcer.say(words.gallery.copied(words.settings.names[name]))
                }}
              >
                ↩
              </button>
            </dd>
          </div>
        ))}
    </dl>
  )
}

/** One clip: frame by frame, with its recipe and all that can be made of it. */
export function ClipDialog({ studio, clip, onDelete, onClose }: ClipDialogProps) {
  const words = useWords()
  const isStill = useReducedMotion()
  const { facts } = clip
  const url = useClipUrl(studio, clip.id)
  const { engine } = useStore(studio.session)
  const player = usePlayer(facts.fps, facts.numFrames, !isStill)
  return (
    <Dialog title={words.gallery.clipTitle} onClose={onClose}>
      <div className="clip-view">
        {url !== undefined && (
          <video
            ref={player.attach(0)}
            src={url}
            aria-label={words.stage.video(facts.prompt)}
            autoPlay={!isStill}
            loop
            muted
            playsInline
            style={{ aspectRatio: facts.width / facts.height }}
          />
        )}
        <Transport player={player} frames={facts.numFrames} />
      </div>
      <p className="caption-prompt" dir="auto">
        {facts.prompt}
      </p>
      <ClipActions studio={studio} facts={facts} record={clip} seconds={player.seconds} />
      <Recipe studio={studio} clip={clip} />
      <details className="facts">
        <summary>{words.clip.madeIn(words.duration(facts.seconds), facts.seed)}</summary>
        <Facts facts={facts} record={clip} />
      </details>
      <div className="buttons">
        {engine?.model.takesPicture === true && (
          <button
            type="button"
            className="primary quiet"
            onClick={() => {
              const seconds = player.seconds()
              void studio.announcer.attempt(() => beginWithFrame(studio, words, clip, seconds))
              onClose()
            }}
          >
            {words.picture.useFrame}
          </button>
        )}
        <button type="button" className="primary quiet" onClick={onDelete}>
          {words.gallery.delete}
        </button>
      </div>
    </Dialog>
  )
}
