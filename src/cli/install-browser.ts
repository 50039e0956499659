// A browser for the tests where the machine has none: Playwright's own, or on Debian as root the distribution's.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findBrowser, NO_BROWSER } from './browser'

function run(command: string, args: string[]): boolean {
  console.log(`> ${command} ${args.join(' ')}`)
  return spawnSync(command, args, { stdio: 'inherit', timeout: 10 * 60_000 }).status === 0
}

/** The executable of a browser, installed first where there is none. @throws Error with the command that would help. */
export function ensureBrowser(): string {
  const found = findBrowser()
  if (found !== undefined) return found
  const isDebianRoot = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (isDebianRoot) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'])
  }
  if (findBrowser() === undefined) run('npx', ['playwright-core', 'install', 'chromium'])
  const installed = findBrowser()
  if (installed === undefined) throw new Error(NO_BROWSER)
  return installed
}
