/** A Cache in memory, its entries in the order in which they came. */
export function fakeCache() {
  const entries = new Map<string, Response>()
  const urlOf = (request: RequestInfo | URL): string =>
    request instanceof Request ? request.url : String(request)
  return {
    entries,
    match: async (request: RequestInfo | URL) => entries.get(urlOf(request))?.clone(),
    put: async (request: RequestInfo | URL, response: Response) => void entries.set(urlOf(request), response),
    keys: async () => [...entries.keys()].map((url) => new Request(url)),
    delete: async (request: RequestInfo | URL) => entries.delete(urlOf(request)),
  }
}
