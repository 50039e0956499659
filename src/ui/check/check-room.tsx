import { useEffect, useRef, useState } from 'react'
import { version } from '../../../package.json'
import type { CheckLine } from '../../protocol/check'
import { toFailure } from '../../protocol/errors'
import { checkGpu } from '../../worker/check-client'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { benchLine, digits, reportOf, worstOf, type CheckResult } from './check-report'

interface Run {
  lines: readonly CheckLine[]
  /** How many there will be; 0 until the first one is there. */
  of: number
  isRunning: boolean
  result?: CheckResult
  failure?: string
}

const EMPTY: Run = { lines: [], of: 0, isRunning: false }

function Lines({ lines }: { lines: readonly CheckLine[] }) {
  const { check } = useWords()
  return (
    <table className="check-lines">
      <thead>
        <tr>
          <th scope="col">{check.what}</th>
          <th scope="col">{check.error}</th>
          <th scope="col">{check.verdict}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, relError, isRight, problem }) => (
          <tr key={name} data-right={isRight}>
            <th scope="row" lang="en">
              {name}
            </th>
            <td>{problem === undefined ? digits(relError) : <span lang="en">{problem}</span>}</td>
            <td>
              <span aria-hidden="true">{isRight ? '✓ ' : '✗ '}</span>
              {isRight ? check.isRight : check.isWrong}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Holds this GPU against the references that come with the page. */
export function CheckRoom({ studio }: { studio: Studio }) {
  const { check } = useWords()
  const { job } = useStore(studio.session)
  const [run, setRun] = useState<Run>(EMPTY)
  const stop = useRef<AbortController>(undefined)
  useEffect(() => () => stop.current?.abort(), [])

  const start = async (): Promise<void> => {
    const { signal } = (stop.current = new AbortController())
    let lines: readonly CheckLine[] = []
    setRun({ ...EMPTY, isRunning: true })
    try {
      const onLine = (line: CheckLine, of: number): void => {
        lines = [...lines, line]
        setRun({ lines, of, isRunning: true })
      }
      const gpu = await checkGpu(new URL('./', location.href).href, onLine, signal)
      const result = { lines, gpu, app: version, browser: navigator.userAgent }
      setRun({ lines, of: lines.length, isRunning: false, result })
    } catch (error) {
      const { code, message } = toFailure(error)
      setRun({
        lines,
        of: lines.length,
        isRunning: false,
        ...(code !== 'cancelled' && { failure: message }),
      })
    }
  }
  const copy = (text: string): Promise<void> =>
    studio.announcer.attempt(async () => {
      await navigator.clipboard.writeText(text)
      studio.announcer.say(check.copied)
    })

  const { lines, of, isRunning, result, failure } = run
  const wrong = lines.filter(({ isRight }) => !isRight)
  const verdict = isRunning
    ? of === 0
      ? check.preparing
      : check.progress(lines.length, of)
    : result === undefined
      ? ''
      : wrong.length === 0
        ? check.allRight(digits(worstOf(lines)))
        : check.someWrong(wrong.map(({ name }) => name).join(', '))
  return (
    <main className="check">
      <h1>{check.title}</h1>
      <p className="sheet-text">{check.about}</p>
      <div className="buttons start">
        {isRunning ? (
          <button type="button" className="primary quiet" onClick={() => stop.current?.abort()}>
            {check.cancel}
          </button>
        ) : (
          <button type="button" className="primary" disabled={job !== undefined} onClick={() => void start()}>
            {result === undefined && failure === undefined ? check.start : check.again}
          </button>
        )}
        {result !== undefined && (
          <>
            <button type="button" className="primary quiet" onClick={() => void copy(reportOf(result))}>
              {check.report}
            </button>
            <button type="button" className="primary quiet" onClick={() => void copy(benchLine(result))}>
              {check.line}
            </button>
          </>
        )}
      </div>
      {job !== undefined && <p className="line">{check.busy}</p>}
      <p className="check-verdict" role="status" data-right={wrong.length === 0}>
        {verdict}
      </p>
      {failure !== undefined && (
        <p className="line error" role="alert" lang="en">
          {failure}
        </p>
      )}
      {result !== undefined && wrong.length > 0 && <p className="line">{check.advice}</p>}
      {result !== undefined && (
        <p className="check-line" lang="en">
          {benchLine(result)}
        </p>
      )}
      {lines.length > 0 && <Lines lines={lines} />}
    </main>
  )
}
