import { useEffect, useRef, useState } from 'react'
import { useWords } from '../text/language'
import { droppedFiles, type Picked } from './picked'

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') === true
}

/** The whole page takes files, dropped or pasted; while some are held above it, it says so. */
export function DropTarget({ onDrop }: { onDrop(dropped: Promise<Picked>): void }) {
  const { models } = useWords()
  const [isOver, setOver] = useState(false)
  const depth = useRef(0) // enter and leave come for every element on the way

  useEffect(() => {
    const move = (by: number): void => {
      depth.current = Math.max(0, depth.current + by)
      setOver(depth.current > 0)
    }
    const listeners = {
      dragenter: (event: DragEvent) => carriesFiles(event) && move(1),
      dragleave: (event: DragEvent) => carriesFiles(event) && move(-1),
      dragover: (event: DragEvent) => {
        if (!carriesFiles(event) || event.dataTransfer === null) return
        event.preventDefault() // or the browser would open the file
        event.dataTransfer.dropEffect = 'copy'
      },
      drop: (event: DragEvent) => {
        if (!carriesFiles(event) || event.dataTransfer === null) return
        event.preventDefault()
        move(-depth.current)
        onDrop(droppedFiles(event.dataTransfer))
      },
    } as const
    const names = Object.keys(listeners) as (keyof typeof listeners)[]
    for (const name of names) document.addEventListener(name, listeners[name])
    return () => {
      for (const name of names) document.removeEventListener(name, listeners[name])
    }
  }, [onDrop])

  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent): void => {
      // Copied text may come with a picture of itself.
      if (clipboardData === null || clipboardData.types.includes('text/plain')) return
      if (clipboardData.files.length > 0) onDrop(droppedFiles(clipboardData))
    }
    document.addEventListener('paste', paste)
    return () => document.removeEventListener('paste', paste)
  }, [onDrop])

  if (!isOver) return null
  return (
    // A popover lies above an open dialog too.
    <div className="drop" popover="manual" ref={(element) => element?.showPopover()}>
      <p>{models.drop}</p>
    </div>
  )
}
