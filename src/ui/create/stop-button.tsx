import { useEffect, useRef, useState } from 'react'
import { isCommand } from '../hooks'
import type { Question } from '../question'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { askBeforeLoss } from './ask-before-loss'

/** How long a first Escape waits for the second. */
const ARMED_MS = 4000

/** Ends the run: a press, or Escape twice, so that one that was meant for something else does no harm. */
export function StopButton({
  studio,
  isStopping,
  onAsk,
}: {
  studio: Studio
  isStopping: boolean
  onAsk(question: Question): void
}) {
  const words = useWords()
  const [isArmed, setArmed] = useState(false)
  const armed = useRef(false)
  const { session, queue } = studio

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const arm = (next: boolean): void => {
      armed.current = next
      setArmed(next)
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.repeat || !isCommand(event)) return
      clearTimeout(timer)
      if (armed.current) {
        arm(false)
        session.cancel()
        return
      }
      arm(true)
      timer = setTimeout(() => arm(false), ARMED_MS)
    }
    document.addEventListener('keydown', onKey)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('keydown', onKey)
    }
  }, [session])

  const stop = (): void => {
    const running = queue.get().items.filter(({ state }) => state === 'running')
    askBeforeLoss({ studio, words, onAsk }, running, session.cancel, true)
  }

  return (
    <div className="stop">
      <button type="button" className="primary quiet" disabled={isStopping} onClick={stop}>
        {isStopping ? words.stage.stopping : words.stage.cancel}
      </button>
      <p className="line" role="status">
        {isArmed && !isStopping ? words.progress.stopHint : ''}
      </p>
    </div>
  )
}
