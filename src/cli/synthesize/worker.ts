// One thread of `writePlanned`: writes each part that it receives, and answers with the number of bytes.
import { openSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { writePart, type Part } from './fill'

const open = new Map<string, number>()

parentPort?.on('message', (part: Part) => {
  const descriptor = open.get(part.path) ?? openSync(part.path, 'r+')
  open.set(part.path, descriptor)
  parentPort?.postMessage(writePart(descriptor, part))
})
