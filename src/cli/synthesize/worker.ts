// One thread of `writePlanned`: a part in, its bytes into the file, their number out.
import { openSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { writePart, type Part } from './fill'

const open = new Map<string, number>()

parentPort?.on('message', (part: Part) => {
  const descriptor = open.get(part.path) ?? openSync(part.path, 'r+')
  open.set(part.path, descriptor)
  parentPort?.postMessage(writePart(descriptor, part))
})
