import { useId, useState } from 'react'
import { placeAt } from '../../protocol/control'
import { Dialog } from '../dialog'
import { useStore } from '../hooks'
import type { ControlStore } from '../studio/control-store'
import { useWords } from '../text/language'
import { MaskCanvas, type MaskTool } from './mask-canvas'
import { maskPicture, type Stroke } from './mask-strokes'
import { useFrame } from './use-frame'

const TOOLS: readonly MaskTool[] = ['paint', 'erase', 'move']
const [THIN, WIDE, USUAL] = [1, 25, 6]

/** Paints what is made anew on the first frame, and moves it where it goes later. */
export function MaskDialog({
  control,
  video,
  onClose,
}: {
  control: ControlStore
  video: File
  onClose(): void
}) {
  const words = useWords()
  const { control: text } = words
  const { strokes, keys } = useStore(control)
  const [tool, setTool] = useState<MaskTool>('paint')
  const [brush, setBrush] = useState(USUAL)
  const [percent, setPercent] = useState(0)
  const moment = percent / 100
  const frame = useFrame(video, moment)
  const ids = { brush: useId(), moment: useId() }
  const isMoving = video.type.startsWith('video/')

  const setStrokes = (next: readonly Stroke[]): void => control.set({ strokes: next })
  const done = (): void => {
    onClose()
    if (!frame) return
    if (strokes.length === 0) return control.set({ mask: undefined, keys: [] })
    void maskPicture(strokes, frame).then((mask) => control.set({ mask }))
  }

  return (
    <Dialog title={text.paintTitle} onClose={done}>
      <p className="about">{text.paintAbout}</p>
      <div className="mask-tools" role="radiogroup" aria-label={text.tool}>
        {TOOLS.filter((each) => each !== 'move' || isMoving).map((each) => (
          <label key={each} className="chip">
            <input type="radio" name="mask-tool" checked={tool === each} onChange={() => setTool(each)} />
            {text.tools[each]}
          </label>
        ))}
        <button
          type="button"
          className="chip"
          disabled={strokes.length === 0}
          onClick={() => setStrokes(strokes.slice(0, -1))}
        >
          {text.undo}
        </button>
        <button type="button" className="chip" disabled={strokes.length === 0} onClick={() => setStrokes([])}>
          {text.clear}
        </button>
      </div>
      <div className="field">
        <label htmlFor={ids.brush}>{text.brush}</label>
        <input
          id={ids.brush}
          type="range"
          min={THIN}
          max={WIDE}
          value={brush}
          onChange={(event) => setBrush(Number(event.target.value))}
        />
      </div>
      {frame === null && <p className="line error">{text.cannotShow}</p>}
      {frame && (
        <MaskCanvas
          frame={frame}
          strokes={strokes}
          place={placeAt(keys, moment)}
          tool={tool}
          radius={brush / 100}
          onStroke={(stroke) => setStrokes([...strokes, stroke])}
          onMove={({ x, y }) => control.setKey({ at: moment, x, y })}
        />
      )}
      {isMoving && (
        <>
          <div className="field">
            <label htmlFor={ids.moment}>{text.moment(percent)}</label>
            <input
              id={ids.moment}
              type="range"
              min={0}
              max={100}
              value={percent}
              onChange={(event) => setPercent(Number(event.target.value))}
            />
            <p className="about">{text.keysAbout}</p>
          </div>
          {keys.length > 0 && (
            <ul className="mask-keys" aria-label={text.keys}>
              {keys.map(({ at }) => (
                <li key={at}>
                  <button type="button" className="chip" onClick={() => setPercent(Math.round(at * 100))}>
                    {text.key(Math.round(at * 100))}
                  </button>
                  <button
                    type="button"
                    className="reset"
                    aria-label={text.removeKey(Math.round(at * 100))}
                    onClick={() => control.removeKey(at)}
                  >
                    ×
                  </button>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      <button type="button" className="primary" onClick={done}>
        {text.done}
      </button>
    </Dialog>
  )
}
