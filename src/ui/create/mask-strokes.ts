// A mask as the strokes of a brush, in shares of the picture's width and height.

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Stroke {
  readonly isErasing: boolean
  /** In shares of the width. */
  readonly radius: number
  readonly points: readonly Point[]
}

interface Size {
  readonly width: number
  readonly height: number
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

/** Paints the strokes, moved by a share of the size, on what is transparent. */
export function paintStrokes(
  context: Context,
  { width, height }: Size,
  strokes: readonly Stroke[],
  place: Point = { x: 0, y: 0 },
): void {
  context.lineCap = context.lineJoin = 'round'
  context.strokeStyle = context.fillStyle = '#ffffff'
  for (const { isErasing, radius, points } of strokes) {
    const [first] = points
    if (!first) continue
    context.globalCompositeOperation = isErasing ? 'destination-out' : 'source-over'
    const at = ({ x, y }: Point): [number, number] => [(x + place.x) * width, (y + place.y) * height]
    context.beginPath()
    if (points.length === 1) {
      context.arc(...at(first), radius * width, 0, 2 * Math.PI)
      context.fill()
      continue
    }
    context.lineWidth = 2 * radius * width
    context.moveTo(...at(first))
    for (const point of points.slice(1)) context.lineTo(...at(point))
    context.stroke()
  }
  context.globalCompositeOperation = 'source-over'
}

/** The strokes as a picture, white on black. */
export async function maskPicture(strokes: readonly Stroke[], size: Size): Promise<File> {
  const context = (): OffscreenCanvasRenderingContext2D => {
    const made = new OffscreenCanvas(size.width, size.height).getContext('2d')
    if (!made) throw new Error(`This browser cannot make a canvas of ${size.width}×${size.height}.`)
    return made
  }
  const [painted, mask] = [context(), context()]
  paintStrokes(painted, size, strokes)
  mask.fillStyle = '#000000'
  mask.fillRect(0, 0, size.width, size.height)
  mask.drawImage(painted.canvas, 0, 0)
  return new File([await mask.canvas.convertToBlob({ type: 'image/png' })], 'mask.png', { type: 'image/png' })
}
