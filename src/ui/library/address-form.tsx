import { useState } from 'react'
import { Field } from '../field'
import { useWords } from '../text/language'
import { readBase } from './read-base'

/** For files that moved, or that lie on a server of one's own. */
export function AddressForm({ onDownload }: { onDownload(base: string): void }) {
  const { models } = useWords()
  const [text, setText] = useState('')
  const [wasSent, setWasSent] = useState(false)
  const read = readBase(text)
  return (
    <form
      className="address"
      onSubmit={(event) => {
        event.preventDefault()
        setWasSent(true)
        if (read.ok) onDownload(read.base)
      }}
    >
      <Field
        label={models.otherAddress}
        value={text}
        onChange={setText}
        numeric={false}
        placeholder={models.otherPlaceholder}
        line={
          wasSent && !read.ok
            ? { text: read.reason, isError: true }
            : { text: models.otherHint, isError: false }
        }
      />
      <button type="submit" className="primary quiet">
        {models.downloadThere}
      </button>
    </form>
  )
}
