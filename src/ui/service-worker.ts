// Registration of the service worker, and the question before an update.

export interface Updates {
  /** Calls back once a newer version waits to take over. */
  onWaiting(listener: () => void): void
  /** Lets the newer version take over, and reloads the page. */
  accept(): void
}

/** The page must work without: storage may be off, or the host may forbid it. */
export function watchUpdates(script: string): Updates {
  let waiting: ServiceWorker | undefined
  let listener = (): void => undefined
  const container = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined

  const found = (worker: ServiceWorker): void => {
    waiting = worker
    listener()
  }

  const follow = (registration: ServiceWorkerRegistration): void => {
    if (registration.waiting !== null) found(registration.waiting)
    registration.addEventListener('updatefound', () => {
      const coming = registration.installing
      coming?.addEventListener('statechange', () => {
        // Without a controller this is the first visit: nothing is being replaced.
        if (coming.state === 'installed' && container?.controller) found(coming)
      })
    })
  }

  container
    ?.register(script)
    .then(follow)
    .catch((error: unknown) => console.info('No service worker:', error))

  return {
    onWaiting(given) {
      listener = given
      if (waiting !== undefined) listener()
    },
    accept() {
      container?.addEventListener('controllerchange', () => location.reload(), { once: true })
      waiting?.postMessage({ type: 'SKIP_WAITING' })
    },
  }
}
