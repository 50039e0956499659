// npm run generate, as a script calls it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface Run {
  status: number | null
  stdout: string
  stderr: string
}

export function generate(...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/generate.ts', ...args], { cwd: ROOT })
  const run: Run = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', (text: Buffer) => (run.stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (run.stderr += text.toString()))
  return new Promise((resolve) => child.on('close', (status) => resolve({ ...run, status })))
}
