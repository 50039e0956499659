// The writing model in a thread of its own, on a device of its own.
import { writeText } from '../engine/write-text'
import type { ReadyReply } from '../protocol/requests'
import type { WriterCommand, WriterReply, WriterRequest } from '../protocol/writer'
import { answerCommands } from './serve-requests'

const post = (reply: WriterReply): void => postMessage(reply)

const handle = answerCommands<WriterRequest>(
  async ({ id, ...input }, signal) => post({ type: 'written', id, text: await writeText(input, signal) }),
  post,
)

addEventListener('message', (event: MessageEvent<WriterCommand>) => handle(event.data))
postMessage({ type: 'ready', id: 0 } satisfies ReadyReply)
