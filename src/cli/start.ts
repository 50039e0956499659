// npm start: builds the page if needed, serves it, and prints the address.
import { parseArgs } from 'node:util'
import { DIST, ensureBuilt } from './build'
import { helpText } from './help'
import { serveFolder, type Served } from './serve'
import { HelpWanted } from './usage-error'

const DEFAULT_PORT = 4173

const HELP = helpText('npm start -- [options]', [
  {
    title: 'Builds the page if needed, and serves it to this machine only.',
    options: [
      {
        option: '--port N',
        meaning: 'the port; where the default is taken, any free one',
        fallback: String(DEFAULT_PORT),
      },
      { option: '--help', meaning: 'shows this help' },
    ],
  },
])

function readPort(): number | undefined {
  const options = { port: { type: 'string' }, help: { type: 'boolean' } } as const
  const { values } = parseArgs({ options })
  if (values.help === true) throw new HelpWanted(HELP)
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
    if (isTaken && port === undefined) return serveFolder({ root: DIST }) // the user did not choose this port
    throw isTaken ? new Error(`Port ${port} is taken. Choose another with --port.`) : error
  }
}

try {
  const port = readPort()
  await ensureBuilt(console.log)
  const { url } = await listen(port)
  console.log(`Zoetrope is at ${url} (Ctrl+C ends it).`)
} catch (error) {
  if (error instanceof HelpWanted) console.log(error.message)
  else {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
