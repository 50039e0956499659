// What a page sends to its workers: settings, models to download, clips. Each is answered, by a sentence where it is wrong.
import { limitsFor } from '../../src/protocol/limits'
import { normaliseSettings } from '../../src/protocol/normalise'
import { ZoetropeError, type Failure } from '../../src/protocol/errors'
import type { Command } from '../../src/protocol/messages'
import type { SettingsInput } from '../../src/protocol/settings'
import { parseModel } from '../../src/storage/entries'
import type { ServedEngine } from '../../src/worker/engine-slot'
import { serveEngine } from '../../src/worker/serve'
import { serveStore } from '../../src/worker/store-serve'
import { MODEL, RECIPE } from './document-targets'
import { mutateJson } from './mutate-json'
import { boundedJson, encoder, type Target } from './target'

const LIMITS = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 })
const COMMANDS: Readonly<Record<'engine' | 'store', readonly object[]>> = {
  engine: [
    { type: 'open', id: 1, request: { model: { kind: 'url', url: 'https://a.org/m/' }, weightFormat: 'q8' } },
    { type: 'plan', id: 2, settings: RECIPE },
    { type: 'generate', id: 3, settings: RECIPE },
    { type: 'cancel', id: 3 },
  ],
  store: [
    { type: 'list', id: 1 },
    { type: 'download', id: 2, model: MODEL, check: false },
    { type: 'remove', id: 3, model: 'wan' },
  ],
}

interface Reply {
  readonly type: string
  readonly failure?: Failure
}

/** An engine that checks what it is asked, and makes nothing. */
function engine(): ServedEngine {
  const check = (settings: SettingsInput): never => {
    const checked = normaliseSettings(settings, LIMITS)
    throw new ZoetropeError('busy', checked.ok ? 'It is sound.' : checked.reason)
  }
  return {
    card: { adapter: 'none' } as ServedEngine['card'],
    lost: new Promise(() => undefined),
    plan: async (settings) => check(settings),
    generate: async (settings) => check(settings),
    live: (settings) => check(settings),
    dispose: () => undefined,
  }
}

const OPEN: Command = { type: 'open', id: -1, request: { model: { kind: 'url', url: 'https://a.org/m/' } } }

/** What a worker answers last; undefined where there is nothing to answer. */
function answered(who: unknown, command: unknown): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    let isAsked = false
    const post = (reply: Reply): void => {
      if (isAsked && reply.type !== 'progress') resolve(reply)
    }
    const send = (handle: (command: never) => void): void => {
      isAsked = true
      handle(command as never) // anything may come
      const isCommand = typeof command === 'object' && command !== null
      if (!isCommand || (command as { type?: unknown }).type === 'cancel') resolve(undefined)
    }
    if (who === 'store') {
      const store = {
        list: async () => [],
        download: async (model: unknown) => void parseModel(model),
        remove: async (id: unknown) => void parseModel({ ...MODEL, id }),
      }
      return send(serveStore(store, post))
    }
    const handle = serveEngine(
      async () => engine(),
      (reply) => {
        if (reply.id === OPEN.id && reply.type === 'opened' && !isAsked) send(handle)
        else post(reply)
      },
    )
    handle(OPEN)
  })
}

/** @throws the failure that a worker answered with */
async function ask(who: unknown, command: unknown): Promise<void> {
  const reply = await answered(who, command)
  if (reply === undefined) throw new ZoetropeError('busy', 'It asks nothing.')
  if (reply.failure) throw new ZoetropeError(reply.failure.code, reply.failure.message)
}

export const messages: Target = {
  name: 'messages',
  make(random) {
    const who = random.pick(['engine', 'store'] as const)
    return encoder.encode(JSON.stringify([who, mutateJson(random, random.pick(COMMANDS[who])) ?? null]))
  },
  async read(input) {
    const [who, command] = boundedJson(input, {
      bytes: 1 << 24,
      depth: 5000,
      containers: 100_000,
      values: 1e6,
    }) as [unknown, unknown]
    await ask(who, command)
  },
}
