// Registration of the service worker, and the question before an update.

export interface Updates {
  /** Calls back once a newer version waits to take over. */
  onWaiting(listener: () => void): void
  /** Calls back where another tab has let the newer version take over: this page's own scripts may be gone. */
  onReplaced(listener: () => void): void
  /** Calls back where no offline copy could be made. */
  onFailed(listener: () => void): void
  /** Lets the newer version take over, and reloads the page. */
  accept(): void
}

/**
 * The page must work without: storage may be off, or the host may forbid it.
 * @param ready resolves when the page has what it needs: on a slow line the offline copy waits for it
 */
export function watchUpdates(script: string, ready: Promise<unknown>): Updates {
  let waiting: ServiceWorker | undefined
  let listener = (): void => undefined
  let replaced = (): void => undefined
  let failed = (): void => undefined
  let hasFailed = false
  let isMine = false
  const container = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined

  const found = (worker: ServiceWorker): void => {
    waiting = worker
    listener()
  }

  const follow = (registration: ServiceWorkerRegistration): void => {
    if (registration.waiting !== null) found(registration.waiting)
    registration.addEventListener('updatefound', () => {
      const coming = registration.installing
      let isInstalled = false
      coming?.addEventListener('statechange', () => {
        isInstalled ||= coming.state === 'installed'
        // A file that it needs did not come, or there is no room: only this copy is missing, and the page works.
        if (coming.state === 'redundant' && !isInstalled) {
          hasFailed = true
          failed()
        }
        // Without a controller this is the first visit: nothing is being replaced.
        if (coming.state === 'installed' && container?.controller) found(coming)
      })
    })
  }

  // The first controller of a first visit replaces nothing.
  const hadController = container?.controller != null
  container?.addEventListener('controllerchange', () => {
    if (hadController && !isMine) replaced()
  })

  // A page that a service worker has already serves itself, and asks for news at once.
  const begin = container?.controller == null ? ready : Promise.resolve()
  begin
    .then(() => container?.register(script))
    .then((registration) => registration && follow(registration))
    .catch((error: unknown) => console.info('No service worker:', error))

  return {
    onWaiting(given) {
      listener = given
      if (waiting !== undefined) listener()
    },
    onReplaced(given) {
      replaced = given
    },
    onFailed(given) {
      failed = given
      if (hasFailed) failed()
    },
    accept() {
      isMine = true
      // Another tab may have been quicker: then there is nothing to wait for.
      if (waiting?.state !== 'installed') return location.reload()
      container?.addEventListener('controllerchange', () => location.reload(), { once: true })
      waiting.postMessage({ type: 'SKIP_WAITING' })
    },
  }
}
