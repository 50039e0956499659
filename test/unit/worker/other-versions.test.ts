// A page and a worker of different versions: each question is answered, by "reload".
import { expect, it } from 'vitest'
import type { Reply } from '../../../src/protocol/messages'
import { serveEngine } from '../../../src/worker/serve'
import { serveStore } from '../../../src/worker/store-serve'
import { serveStudio } from '../../../src/worker/studio-serve'
import { fakeEngine, resultOf } from './fake-engine'

type Handle = (command: never) => void
type Post = (reply: object) => void

/** Workers by what they are; none of their tools is reached. */
const WORKERS: Readonly<Record<string, (post: Post) => Handle>> = {
  engine: (post) => serveEngine(async () => fakeEngine(async (given) => resultOf(given)), post),
  store: (post) => serveStore({} as Parameters<typeof serveStore>[0], post),
  studio: (post) => serveStudio({} as Parameters<typeof serveStudio>[0], post),
}

function ask(who: string, command: unknown): Promise<Reply> {
  return new Promise((resolve) => WORKERS[who]!((reply) => resolve(reply as Reply))(command as never))
}

it.each(Object.keys(WORKERS))('the %s does not leave an unknown command without an answer', async (who) => {
  expect(await ask(who, { type: 'dance', id: 7 })).toMatchObject({
    type: 'failed',
    id: 7,
    failure: {
      code: 'engine-missing',
      message: expect.stringMatching(/"dance"\. Reload the page\.$/) as string,
    },
  })
})

it.each(['plan', 'generate'])('a %s without settings is one', async (type) => {
  expect(await ask('engine', { type, id: 1 })).toMatchObject({ failure: { code: 'engine-missing' } })
})

it('what is no command disturbs nothing', async () => {
  const replies: object[] = []
  const handle = WORKERS['engine']!((reply) => void replies.push(reply))
  for (const noise of [null, undefined, 3, 'x']) handle(noise as never)
  handle({ type: 'dance', id: 2 } as never)
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(replies).toMatchObject([{ id: 2 }])
})
