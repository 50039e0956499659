/** The folder of the model to run: `?model=` names one on this site, the bundled one otherwise. Throws where it lies elsewhere. */
export function modelUrlOf(page: string): string {
  const { searchParams, origin } = new URL(page)
  const folder = searchParams.get('model') ?? 'models/mini/'
  const url = new URL(folder, page)
  if (url.origin !== origin) throw new Error(`Models are loaded from ${origin} only; "${folder}" is on ${url.origin}.`)
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url.href
}
