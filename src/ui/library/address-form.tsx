import { useState } from 'react'
import { Field } from '../field'
import { readBase } from './read-base'

/** For files that moved, or that lie on a server of one's own. */
export function AddressForm({ onDownload }: { onDownload(base: string): void }) {
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
        label="Another address for these files"
        value={text}
        onChange={setText}
        numeric={false}
        placeholder="https://… or owner/repository"
        line={
          wasSent && !read.ok
            ? { text: read.reason, isError: true }
            : { text: 'A folder that has all of them under these names.', isError: false }
        }
      />
      <button type="submit" className="primary quiet">
        Download from there
      </button>
    </form>
  )
}
