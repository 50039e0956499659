// "Another address": a server's folder, or a repository of the hub by its name.

export type ReadBase = { ok: true; base: string } | { ok: false; reason: string }

const HUB = 'https://huggingface.co/'
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/

/** A page of the hub (a repository, its file list, one file) as the address that its files come from. */
function hubFolder(path: string): string | undefined {
  const [owner, name, page, revision = 'main', ...rest] = path.split('/').filter((part) => part !== '')
  if (owner === undefined || name === undefined) return undefined
  const isFile = page === 'blob' || /\.\w+$/.test(rest.at(-1) ?? '')
  const folder = (isFile ? rest.slice(0, -1) : rest).map((part) => `${part}/`).join('')
  return `${owner}/${name}/resolve/${revision}/${folder}`
}

/** The address as a folder: with its slash, without query. Plain http is for this machine alone. */
export function readBase(text: string): ReadBase {
  const typed = text.trim()
  if (typed === '')
    return { ok: false, reason: 'Type the address of a folder with the files, or owner/repository.' }
  if (REPOSITORY.test(typed)) return { ok: true, base: `${HUB}${typed}/resolve/main/` }
  let url: URL
  try {
    url = new URL(typed)
  } catch {
    return {
      ok: false,
      reason: `"${typed}" is not an address: it should begin with https://, or be owner/repository.`,
    }
  }
  const isHere = url.protocol === 'http:' && (url.hostname === 'localhost' || url.hostname === '127.0.0.1')
  if (url.protocol !== 'https:' && !isHere)
    return { ok: false, reason: `${url.protocol}// is not read here: files are fetched over https.` }
  url.search = ''
  url.hash = ''
  const onHub = url.hostname === 'huggingface.co' ? hubFolder(url.pathname) : undefined
  if (onHub !== undefined) return { ok: true, base: `${HUB}${onHub}` }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return { ok: true, base: url.href }
}
