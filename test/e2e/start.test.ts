import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

it('npm start -- --help says what there is, and starts nothing', () => {
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/start.ts', '--help'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^ {2}--port N +the port; .* \(default: 4173\)$/m),
  ])
})

it('npm start serves the page and prints its address', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/start.ts', '--port', '0'], { cwd: ROOT })
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let printed = ''
      child.stdout.on('data', (text: Buffer) => {
        printed += text.toString()
        const match = /Zoetrope is at (http:\/\/localhost:\d+\/)/.exec(printed)
        if (match?.[1] !== undefined) resolve(match[1])
      })
      child.on('close', (status) => reject(new Error(`It ended with ${status}: ${printed}`)))
    })
    const page = await fetch(url)
    expect(await page.text()).toContain('<title>Zoetrope')
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect((await fetch(`${url}models/mini/manifest.json`)).headers.get('content-type')).toContain(
      'application/json',
    )
  } finally {
    child.kill()
  }
})
