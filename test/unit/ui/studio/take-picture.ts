import { ZoetropeError } from '../../../../src/protocol/errors'
import type { TakenPicture } from '../../../../src/protocol/gallery'

/** Reads "640x480" as a picture of that size, and what has a place in it without that. */
export async function takePicture(file: File): Promise<TakenPicture> {
  const [size = '', ...rest] = (await file.text()).split(' ')
  const [width = 0, height = 0] = size.split('x').map(Number)
  if (!(width > 0)) throw new ZoetropeError('invalid-settings', `${file.name} is no picture.`)
  const bare = rest.filter((part) => !part.startsWith('GPS')).join(' ')
  return { file: new File([`${size} ${bare}`.trim()], file.name), width, height }
}
