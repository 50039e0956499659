import { useEffect, useState } from 'react'

/** An address of a file for as long as it is shown. */
export function useObjectUrl(file: File | undefined): string | undefined {
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
