import { useRef } from 'react'
import { useStore } from '../hooks'
import type { Place } from '../studio/form-pictures'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { ContinuedClip } from './continued-clip'
import { useObjectUrl } from './use-object-url'

/** The picture that the clip begins with, chosen here or dropped anywhere on the page; or the one that it ends with. */
export function PictureSlot({ studio, place }: { studio: Studio; place: Place }) {
  const { picture: words } = useWords()
  const { form } = studio
  useStore(form)
  const picker = useRef<HTMLInputElement>(null)
  const isFirst = place === 'first'
  const picture = form.pictures.get(place)?.file
  const continuation = isFirst ? form.continuation() : undefined
  const text = isFirst
    ? { choose: words.choose, shown: words.first, remove: words.remove }
    : { choose: words.chooseLast, shown: words.last, remove: words.removeLast }
  const url = useObjectUrl(picture)
  return (
    <>
      {continuation !== undefined ? (
        <ContinuedClip studio={studio} continuation={continuation} />
      ) : form.pictures.isReading(place) ? (
        <span className="hint" role="status">
          {words.reading}
        </span>
      ) : picture === undefined ? (
        <button type="button" className="quiet-link" onClick={() => picker.current?.click()}>
          {text.choose}
        </button>
      ) : (
        <span className="begins-with">
          {url !== undefined && <img src={url} alt={text.shown(picture.name)} />}
          <button
            type="button"
            className="reset"
            aria-label={text.remove}
            title={text.remove}
            onClick={() => form.pictures.leaveOut(place)}
          >
            ×
          </button>
        </span>
      )}
      <input
        ref={picker}
        type="file"
        accept="image/*"
        hidden
        aria-label={text.choose}
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file !== undefined) void studio.takePicture(place, file)
          event.target.value = ''
        }}
      />
    </>
  )
}
