import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useWords } from '../text/language'
import { paintStrokes, type Point, type Stroke } from './mask-strokes'
import type { Frame } from './use-frame'

export type MaskTool = 'paint' | 'erase' | 'move'

export interface MaskCanvasProps {
  frame: Frame
  strokes: readonly Stroke[]
  /** Where the mask is at the moment that is shown. */
  place: Point
  tool: MaskTool
  /** Of the brush, in shares of the width. */
  radius: number
  onStroke(stroke: Stroke): void
  onMove(place: Point): void
}

/** Of the picture, at a press of an arrow key; with Shift a quarter of it. */
const STEP = 0.04
const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
const clamp = (value: number): number => Math.min(1, Math.max(0, value))

/** The picture with the mask on it, under a brush that a pointer or the arrow keys move. */
export function MaskCanvas({ frame, strokes, place, tool, radius, onStroke, onMove }: MaskCanvasProps) {
  const { control: text } = useWords()
  const picture = useRef<HTMLCanvasElement>(null)
  const mask = useRef<HTMLCanvasElement>(null)
  const [cursor, setCursor] = useState<Point>({ x: 0.5, y: 0.5 })
  const [hasFocus, setFocus] = useState(false)
  const [points, setPoints] = useState<readonly Point[]>([])
  const dragFrom = useRef<Point>(undefined)
  const { width, height } = frame
  const isBrush = tool !== 'move'
  const asStroke = (own: readonly Point[]): Stroke => ({
    isErasing: tool === 'erase',
    radius,
    points: own.map(({ x, y }) => ({ x: x - place.x, y: y - place.y })),
  })

  useEffect(() => {
    picture.current?.getContext('2d')?.drawImage(frame.image, 0, 0, width, height)
  }, [frame, width, height])

  useEffect(() => {
    const context = mask.current?.getContext('2d')
    if (!context) return
    context.clearRect(0, 0, width, height)
    paintStrokes(
      context,
      { width, height },
      points.length > 0 ? [...strokes, asStroke(points)] : strokes,
      place,
    )
    if (!hasFocus || !isBrush) return
    context.strokeStyle = '#000000'
    context.lineWidth = 3
    context.beginPath()
    context.arc(cursor.x * width, cursor.y * height, radius * width, 0, 2 * Math.PI)
    context.stroke()
  })

  const pointOf = ({ clientX, clientY, currentTarget }: PointerEvent<HTMLCanvasElement>): Point => {
    const box = currentTarget.getBoundingClientRect()
    return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height }
  }
  const finish = (): void => {
    if (points.length > 0) onStroke(asStroke(points))
    setPoints([])
    dragFrom.current = undefined
  }
  const onKey = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key]
    if (arrow) {
      event.preventDefault()
      const step = event.shiftKey ? STEP / 4 : STEP
      const moved = (from: Point): Point => ({ x: from.x + arrow[0] * step, y: from.y + arrow[1] * step })
      if (!isBrush) return onMove(moved(place))
      const { x, y } = moved(cursor)
      setCursor({ x: clamp(x), y: clamp(y) })
    } else if (event.key === ' ' && isBrush) {
      event.preventDefault()
      onStroke(asStroke([cursor]))
    }
  }

  return (
    <div className="mask-stack" style={{ aspectRatio: `${width} / ${height}` }}>
      <canvas ref={picture} width={width} height={height} aria-hidden="true" />
      <canvas
        ref={mask}
        className="mask-paint"
        width={width}
        height={height}
        tabIndex={0}
        role="application"
        aria-label={isBrush ? text.canvasBrush : text.canvasMove}
        data-tool={tool}
        onFocus={() => setFocus(true)}
        onBlur={() => setFocus(false)}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          const point = pointOf(event)
          setCursor(point)
          if (isBrush) setPoints([point])
          else dragFrom.current = { x: point.x - place.x, y: point.y - place.y }
        }}
        onPointerMove={(event) => {
          const point = pointOf(event)
          if (points.length > 0) setPoints([...points, point])
          const from = dragFrom.current
          if (from) onMove({ x: point.x - from.x, y: point.y - from.y })
        }}
        onPointerUp={finish}
        onPointerCancel={finish}
      />
    </div>
  )
}
