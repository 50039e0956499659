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

/** The picture that the clip begins with: chosen here, or dropped anywhere on the page. */
export function PictureSlot({ form }: { form: FormStore }) {
  const { picture: text } = useWords()
  useStore(form)
  const picker = useRef<HTMLInputElement>(null)
  const picture = form.picture()
  const url = useObjectUrl(picture)
  return (
    <>
      {picture === undefined ? (
        <button type="button" className="quiet-link" onClick={() => picker.current?.click()}>
          {text.choose}
        </button>
      ) : (
        <span className="begins-with">
          {url !== undefined && <img src={url} alt={text.first(picture.name)} />}
          <button
            type="button"
            className="reset"
            aria-label={text.remove}
            title={text.remove}
            onClick={() => form.setPicture(undefined)}
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
          form.setPicture(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </>
  )
}
