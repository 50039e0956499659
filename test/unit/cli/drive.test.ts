// The page's side runs here too, with a session that has made a film at once.
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { generateInPage, type Film, type FilmEvents } from '../../../src/cli/drive'

const MB = 1e6

class Reader {
  result: string | undefined
  error = new Error('No memory is left.')
  onload: (() => void) | undefined
  onerror: (() => void) | undefined
  async readAsDataURL(blob: Blob): Promise<void> {
    this.result = `data:;base64,${Buffer.from(await blob.arrayBuffer()).toString('base64')}`
    this.onload?.()
  }
}

/** One that fails on all but the first piece. */
class FailingReader extends Reader {
  static count = 0
  override async readAsDataURL(blob: Blob): Promise<void> {
    if (++FailingReader.count > 1) return this.onerror?.()
    return super.readAsDataURL(blob)
  }
}

/** @param lose drops what the page sends */
function pageOf(lose = false): Page {
  const page = {
    exposeFunction: async (name: string, heard: unknown) =>
      vi.stubGlobal(name, lose && name === 'sendPiece' ? () => undefined : heard),
    evaluate: async (work: (given: unknown) => unknown, given: unknown) => work(given),
  }
  return page as unknown as Page
}

function filmOf(
  result: object,
  page = pageOf(),
  events: FilmEvents = { onProgress: () => undefined },
): Promise<Film> {
  let heard = (): void => undefined
  vi.stubGlobal('zoetrope', {
    subscribe: (listener: () => void) => void (heard = listener),
    get: () => ({ engine: { model: { id: 'wan' } } }),
    async generate(_input: unknown, { onKept }: { onKept?: (run: string) => void }) {
      heard()
      heard()
      onKept?.('run-1')
      return { result }
    },
  })
  const row = { holdsColours: false, keepsEnd: true }
  return generateInPage(page, { settings: {}, files: {}, row, loras: [] }, events)
}

/** Two pieces, the second one short. */
const film = new Uint8Array(5 * MB).fill(7)
film[5 * MB - 1] = 8

afterEach(() => vi.unstubAllGlobals())

describe('a film comes from the page', () => {
  it('in pieces, with its end', async () => {
    vi.stubGlobal('FileReader', Reader)
    const frame = new Float32Array(2 * MB).fill(0.5)
    frame[2 * MB - 1] = -1
    const end = { width: 1, height: 1, statistics: { mean: [], deviation: [] }, frame }
    const made = await filmOf({ mp4: film, end, seed: 7 })
    expect(Buffer.compare(made.mp4, film)).toBe(0)
    expect(Buffer.compare(Buffer.from(made.end!.frame.buffer), Buffer.from(frame.buffer))).toBe(0)
    expect(made.facts).toEqual({ seed: 7 })
  })

  it('whole or not at all', async () => {
    vi.stubGlobal('FileReader', Reader)
    await expect(filmOf({ mp4: film.subarray(0, 1000) }, pageOf(true))).rejects.toThrow(
      '0 of the 1000 bytes of the film came from the browser. Free some memory and try again.',
    )
    await expect(filmOf({ mp4: new Uint8Array() })).rejects.toThrow('The browser sent an empty film.')
  })

  it('or with the reason why it could not be read', async () => {
    vi.stubGlobal('FileReader', FailingReader)
    await expect(filmOf({ mp4: film })).rejects.toThrow('No memory is left.')
  })
})

it('says once which model is open, and when the run is kept', async () => {
  vi.stubGlobal('FileReader', Reader)
  const said: string[] = []
  await filmOf({ mp4: film.subarray(0, 10) }, pageOf(), {
    onProgress: () => undefined,
    onModel: (model) => said.push(model),
    onKept: () => said.push('kept'),
  })
  expect(said).toEqual(['wan', 'kept'])
})
