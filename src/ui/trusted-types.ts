// Imported before all else. Where the policy asks for trusted types, no text becomes HTML or code, and the page
// starts its own scripts alone.

/** The part of `trustedTypes` that is used; TypeScript does not know it yet. */
interface PolicyFactory {
  createPolicy(name: 'default', rules: { createScriptURL(url: string): string | null }): unknown
}

/** The workers and the service worker, by their paths in the page's folder. */
const OWN_SCRIPT = /^(assets\/[\w-]*worker-[\w-]+|sw)\.js$/

/** The address of a script of ours, as the browser may load it; null for any other. */
export function ownScript(url: string, page: string): string | null {
  const folder = new URL('.', page).href
  const script = new URL(url, page)
  const isOurs = script.href.startsWith(folder) && OWN_SCRIPT.test(script.href.slice(folder.length))
  return isOurs ? script.href : null
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes
factory?.createPolicy('default', { createScriptURL: (url) => ownScript(url, document.baseURI) })
