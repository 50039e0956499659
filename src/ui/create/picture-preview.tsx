import type { FrameSize, ModelCard } from '../../protocol/engine'
import type { TakenPicture } from '../../protocol/gallery'
import { shownPart, type ShownPart } from '../../protocol/picture-size'
import { useStore } from '../hooks'
import type { FormStore } from '../studio/form-store'
import { sizesFor, unitOf } from '../studio/picture-sizes'
import { useWords } from '../text/language'
import { useObjectUrl } from './use-object-url'

export interface PicturePreviewProps {
  form: FormStore
  model: ModelCard
  /** Of the clip; undefined while the settings are not right. */
  size: FrameSize | undefined
  timeOf(size: FrameSize): string | undefined
}

const percent = (share: number): string => `${100 * share}%`
const HEIGHT_REM = 9
/** Less of a picture that is cut off is not worth a word. */
const CUT = 0.01

function Crop({ picture, part, text }: { picture: TakenPicture; part: ShownPart; text: string }) {
  const url = useObjectUrl(picture.file)
  const { width, height } = picture
  return (
    <figure className="crop">
      <div
        className="crop-picture"
        style={{ aspectRatio: width / height, width: `min(100%, ${(HEIGHT_REM * width) / height}rem)` }}
      >
        {url !== undefined && <img src={url} alt="" />}
        <span
          className="crop-frame"
          style={{
            left: percent(part.left / width),
            top: percent(part.top / height),
            width: percent(part.width / width),
            height: percent(part.height / height),
          }}
        />
      </div>
      <figcaption aria-live="polite">{text}</figcaption>
    </figure>
  )
}

/** What the clip shows of its pictures, and the sizes that show all of the first one. */
export function PicturePreview({ form, model, size, timeOf }: PicturePreviewProps) {
  const { picture: text, settings } = useWords()
  useStore(form)
  const { pictureFit, takesLastPicture = false, limits } = model
  const first = form.continuation() ? undefined : form.pictures.get('first')
  const last = takesLastPicture ? form.pictures.get('last') : undefined
  if (pictureFit === undefined || size === undefined || (first ?? last) === undefined) return null

  const crop = (
    picture: TakenPicture,
    names: { whole: string; part(share: number, cut: string): string },
  ) => {
    const part = shownPart(picture, size, pictureFit, unitOf(limits))
    const [x, y] = [part.width / picture.width, part.height / picture.height]
    const cut = x < y ? text.sides : text.ends
    const isWhole = x * y > 1 - CUT
    return (
      <Crop
        picture={picture}
        part={part}
        text={isWhole ? names.whole : names.part(Math.round(100 * x * y), cut)}
      />
    )
  }
  return (
    <div className="crops">
      {first && crop(first, text.shownFirst)}
      {last && crop(last, text.shownLast)}
      {first && (
        <fieldset className="sizes">
          <legend>{text.sizes}</legend>
          {sizesFor(first, model).map(({ width, height }) => (
            <button
              key={`${width}x${height}`}
              type="button"
              className="chip"
              aria-pressed={size.width === width && size.height === height}
              onClick={() => form.change({ width: String(width), height: String(height) })}
            >
              {`${width} × ${height}`}
              <span className="hint">{timeOf({ width, height })}</span>
            </button>
          ))}
          {form.touched().has('width') || form.touched().has('height') ? (
            <button
              type="button"
              className="quiet-link"
              onClick={() => (form.reset('width'), form.reset('height'))}
            >
              {settings.reset(settings.size)}
            </button>
          ) : null}
        </fieldset>
      )}
    </div>
  )
}
