// The self-check in its own thread, on a device of its own.
import { runCheck } from '../engine/check/run-check'
import { withFilesFor } from '../engine/model/on-demand'
import { openModel } from '../engine/model/open'
import type { CheckCommand, CheckReply, CheckRequest } from '../protocol/check'
import { ZoetropeError } from '../protocol/errors'
import type { ReadyReply } from '../protocol/requests'
import { openSafetensors } from '../weights/formats/safetensors'
import { bufferSource } from '../weights/sources/byte-source'
import type { WeightFile } from '../weights/weight-file'
import { answerCommands } from './serve-requests'

const GOLDENS = 'check/goldens.safetensors'

async function openGoldens(url: string, signal: AbortSignal): Promise<WeightFile> {
  const response = await fetch(url, { signal })
  if (!response.ok)
    throw new ZoetropeError(
      'model-missing',
      `The references of the check could not be loaded (the server answered ${response.status}). Reload the page and try again.`,
    )
  return openSafetensors(bufferSource(GOLDENS, new Uint8Array(await response.arrayBuffer())))
}

const post = (reply: CheckReply): void => postMessage(reply)

const handle = answerCommands<CheckRequest>(async ({ id, base }, signal) => {
  const goldens = await openGoldens(new URL(GOLDENS, base).href, signal)
  const opened = await openModel({ kind: 'url', url: new URL('models/mini/', base).href }, signal)
  const mini = await withFilesFor(opened, { decoder: 'full' }, false)
  const onLine: Parameters<typeof runCheck>[0]['onLine'] = (line, of) =>
    post({ type: 'progress', id, line, of })
  post({ type: 'checked', id, gpu: await runCheck({ gpu: navigator.gpu, goldens, mini, signal, onLine }) })
}, post)

addEventListener('message', (event: MessageEvent<CheckCommand>) => handle(event.data))
postMessage({ type: 'ready', id: 0 } satisfies ReadyReply)
