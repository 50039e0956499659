import { useEffect, useRef, useState } from 'react'
import { useStore } from '../hooks'
import type { FormStore } from '../studio/form-store'
import { useWords } from '../text/language'

/** An address of a file for as long as it is shown. */
function useObjectUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const next = file && URL.createObjectURL(file)
    setUrl(next)
    return () => {
      if (next !== undefined) URL.revokeObjectURL(next)
    }
  }, [file])
  return url
}

/** The picture that the clip begins with, chosen here or dropped anywhere on the page; or the one that it ends with. */
export function PictureSlot({ form, place }: { form: FormStore; place: 'first' | 'last' }) {
  const { picture: words } = useWords()
  useStore(form)
  const picker = useRef<HTMLInputElement>(null)
  const isFirst = place === 'first'
  const picture = isFirst ? form.picture() : form.lastPicture()
  const set = (file: File | undefined): void => (isFirst ? form.setPicture(file) : form.setLastPicture(file))
  const text = isFirst
    ? { choose: words.choose, shown: words.first, remove: words.remove }
    : { choose: words.chooseLast, shown: words.last, remove: words.removeLast }
  const url = useObjectUrl(picture)
  return (
    <>
      {picture === undefined ? (
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
            onClick={() => set(undefined)}
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
          set(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </>
  )
}
