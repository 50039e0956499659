// The catalogue with tiny files in the place of the published ones, and a slow server of them.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Plugin } from 'vite'
import { parseRange } from '../../../src/cli/serve/range'
import type { CatalogueFile } from '../../../src/catalogue/catalogue'
import { CATALOGUE_FILES } from '../../../src/catalogue/files'
import { asSafetensors, comfyTextEncoder, SHAPES } from '../../support/raw-model'

/** Large enough to be paused: weights that no model knows. */
const PADDING = new Uint8Array(24 << 20).fill(7)

/** As in ComfyUI's folders, by the names of the catalogue. */
export const SMALL_FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ['wan2.1_t2v_1.3B_fp16.safetensors', asSafetensors(SHAPES.dit)],
  ['umt5_xxl_fp8_e4m3fn_scaled.safetensors', comfyTextEncoder()],
  ['wan_2.1_vae.safetensors', asSafetensors(SHAPES.vae)],
])

/** The same for downloading: not done in a moment. */
export const TINY_FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ...SMALL_FILES,
  [
    'wan2.1_t2v_1.3B_fp16.safetensors',
    asSafetensors(SHAPES.dit, undefined, [
      { name: 'padding', dtype: 'U8', shape: [PADDING.length], bytes: PADDING },
    ]),
  ],
])

function catalogueFile(role: CatalogueFile['role'], path: string): CatalogueFile {
  const bytes = TINY_FILES.get(path) ?? new Uint8Array()
  return {
    role,
    repository: 'tiny/model',
    revision: '0'.repeat(40),
    path,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

/** Puts sizes and hashes of the tiny files into the page. */
export function tinyCatalogue(): Plugin {
  const [dit, textEncoder, vae] = [
    catalogueFile('dit', 'wan2.1_t2v_1.3B_fp16.safetensors'),
    catalogueFile('textEncoder', 'umt5_xxl_fp8_e4m3fn_scaled.safetensors'),
    catalogueFile('vae', 'wan_2.1_vae.safetensors'),
  ]
  const all = (names: readonly string[], file: CatalogueFile): Record<string, CatalogueFile> =>
    Object.fromEntries(names.map((name) => [name, file]))
  const files: Record<keyof typeof CATALOGUE_FILES, unknown> = {
    dit: all(Object.keys(CATALOGUE_FILES.dit), dit),
    textEncoder: all(Object.keys(CATALOGUE_FILES.textEncoder), textEncoder),
    vae: all(Object.keys(CATALOGUE_FILES.vae), vae),
    clip: catalogueFile('clip', 'clip_vision_h.safetensors'),
    tinyDecoder: all(
      Object.keys(CATALOGUE_FILES.tinyDecoder),
      catalogueFile('tinyDecoder', 'taew2_1.safetensors'),
    ),
  }
  const id = '\0tiny-catalogue'
  return {
    name: 'tiny-catalogue',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source === './files' && importer?.includes('/src/catalogue/') ? id : undefined,
    load: (loaded) => (loaded === id ? `export const CATALOGUE_FILES = ${JSON.stringify(files)}` : undefined),
  }
}

export interface SlowServer {
  /** Ends in a slash. */
  readonly url: string
  /** Bytes sent so far. */
  readonly sent: number
  /** Bytes a second; the answers that have begun take it too. */
  speed: number
  close(): Promise<void>
}

/** By ranges, from another origin than the page's, as slow as wanted. */
export async function serveTinyFiles(speed: number): Promise<SlowServer> {
  const PIECE = 64 << 10
  let sent = 0
  const state = { speed }
  const server = createServer((request, response) => {
    const file = TINY_FILES.get((request.url ?? '').slice(1))
    const headers = {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'content-range, content-length, etag',
      'accept-ranges': 'bytes',
      etag: '"tiny"',
    }
    if (file === undefined) return void response.writeHead(404, headers).end()
    const part = parseRange(request.headers.range, file.length)
    if (part === 'unsatisfiable') return void response.writeHead(416, headers).end()
    const { start, end } = part ?? { start: 0, end: file.length - 1 }
    response.writeHead(part ? 206 : 200, {
      ...headers,
      'content-length': String(end - start + 1),
      ...(part && { 'content-range': `bytes ${start}-${end}/${file.length}` }),
    })
    const send = async (): Promise<void> => {
      for (let at = start; at <= end && !response.destroyed; at += PIECE) {
        const piece = file.subarray(at, Math.min(at + PIECE, end + 1))
        sent += piece.length
        response.write(piece)
        await pause((1000 * piece.length) / state.speed)
      }
      response.end()
    }
    void send()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    get sent() {
      return sent
    },
    get speed() {
      return state.speed
    },
    set speed(value) {
      state.speed = value
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
