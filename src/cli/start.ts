// npm start: builds where needed, serves the page, prints the address.
import { parseArgs } from 'node:util'
import { DIST, ensureBuilt } from './build'
import { serveFolder, type Served } from './serve'

const DEFAULT_PORT = 4173

function readPort(): number | undefined {
  const { values } = parseArgs({ options: { port: { type: 'string' } } })
  if (values.port === undefined) return undefined
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`--port must be a whole number from 0 to 65535; "${values.port}" is not.`)
  return port
}

async function listen(port: number | undefined): Promise<Served> {
  try {
    return await serveFolder({ root: DIST, port: port ?? DEFAULT_PORT })
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (isTaken && port === undefined) return serveFolder({ root: DIST }) // nobody asked for this very port
    throw isTaken ? new Error(`Port ${port} is taken. Choose another with --port.`) : error
  }
}

try {
  const port = readPort()
  await ensureBuilt(console.log)
  const { url } = await listen(port)
  console.log(`Zoetrope is at ${url} (Ctrl+C ends it).`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
