// Tells a video from a picture, where a control takes either.

/** Whether the bytes begin like a container of video: an ISO file that is no picture, or Matroska. */
export function looksLikeVideo(start: Uint8Array): boolean {
  const text = String.fromCharCode(...start.subarray(0, 12))
  if (text.startsWith('\x1aE\xdf\xa3')) return true
  const brand = text.slice(8, 12)
  return text.slice(4, 8) === 'ftyp' && !/^(avif|avis|heic|heix|hevc|mif1|msf1)$/.test(brand)
}

/** A file of a control as it may be kept: a video as it is, and of a picture what `bare` makes of it. */
export async function bareUnlessVideo<Bare extends Blob | undefined>(
  file: Blob,
  bare: (picture: Blob) => Promise<Bare>,
): Promise<Blob | Bare> {
  const start = new Uint8Array(await file.slice(0, 12).arrayBuffer())
  return looksLikeVideo(start) ? file : bare(file)
}
