// What the service worker answers beside the files that it keeps: a picture that another app shares, and a press on a
// notice.
import { PICTURES_BASE, PICTURES_CACHE, SHARED_PICTURE } from '../ui/studio/pictures.ts'

/** Where the manifest's share target posts to, in the page's folder. */
export const SHARE_ACTION = 'share'

/**
 * JavaScript for the service worker. A shared picture waits where the page looks for it, and never leaves the machine; a
 * text goes into the address of the page.
 */
export const SERVICE_WORKER_EVENTS = `
self.addEventListener('fetch', (event) => {
  const target = new URL(${JSON.stringify(SHARE_ACTION)}, self.registration.scope)
  const { origin, pathname } = new URL(event.request.url)
  if (event.request.method !== 'POST' || origin !== target.origin || pathname !== target.pathname) return
  event.stopImmediatePropagation()
  event.respondWith((async () => {
    const page = new URL('./', self.registration.scope)
    const form = await event.request.formData().catch(() => new FormData())
    const text = form.get('prompt')
    const picture = form.get('picture')
    if (typeof text === 'string' && text !== '') page.searchParams.set('prompt', text)
    if (picture instanceof File && picture.size > 0) {
      const cache = await caches.open(${JSON.stringify(PICTURES_CACHE)})
      const headers = { 'content-type': picture.type, 'x-name': encodeURIComponent(picture.name) }
      await cache.put(${JSON.stringify(PICTURES_BASE + SHARED_PICTURE)}, new Response(picture, { headers }))
      page.searchParams.set('shared', '')
    }
    return Response.redirect(page.href, 303)
  })())
})
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil((async () => {
    const [tab] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    return tab ? tab.focus() : self.clients.openWindow('./')
  })())
})
`.trim()
