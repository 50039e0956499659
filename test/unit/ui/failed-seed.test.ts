import { afterEach, expect, it } from 'vitest'
import { ZoetropeError } from '../../../src/protocol/errors'
import { createSession } from '../../../src/ui/session'
import type { Session } from '../../../src/ui/session-state'
import type { EngineClient } from '../../../src/worker/client'
import { connected, fakeEngine } from '../worker/fake-engine'

let client: EngineClient | undefined
afterEach(() => client?.close())

function failing(): Session {
  client = connected(async () =>
    fakeEngine(() => Promise.reject(new ZoetropeError('out-of-memory', 'It does not fit.'))),
  )
  const request = { model: { kind: 'url', url: 'https://example.org/m/' } } as const
  return createSession({ client, request, missing: undefined })
}

it('a random seed is known after a failure', async () => {
  const session = failing()
  const seeds: (number | undefined)[] = []
  session.subscribe(() => seeds.push(session.get().job?.settings.seed))
  await expect(session.generate({ prompt: 'a red ball' })).rejects.toMatchObject({ code: 'out-of-memory' })
  const made = seeds.find((seed) => seed !== undefined)
  expect(made).toBeGreaterThanOrEqual(0)
  expect(session.get().problem).toMatchObject({ code: 'out-of-memory', seed: made })
})

it('there is none where nothing began', async () => {
  const session = failing()
  await expect(session.generate({ prompt: '' })).rejects.toMatchObject({ code: 'invalid-settings' })
  expect(session.get().problem).not.toHaveProperty('seed')
})
