// Installs a browser for the tests: the distribution's on Debian as root, otherwise Playwright's.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findBrowser, NO_BROWSER } from './browser'

function run(command: string, args: string[]): boolean {
  console.log(`> ${command} ${args.join(' ')}`)
  return spawnSync(command, args, { stdio: 'inherit', timeout: 10 * 60_000 }).status === 0
}

const FIREFOX = ['firefox-esr', 'firefox']
const NO_FIREFOX =
  'No Firefox was found, and the tests also run in Firefox. Install it (on Debian: apt-get install firefox-esr), or set FIREFOX_PATH to its executable.'

function findFirefox(): string | undefined {
  const named = process.env['FIREFOX_PATH']
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  const places =
    process.platform === 'darwin'
      ? ['/Applications/Firefox.app/Contents/MacOS/firefox']
      : process.platform === 'win32'
        ? ['C:/Program Files/Mozilla Firefox/firefox.exe']
        : FIREFOX.flatMap((name) =>
            (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)),
          )
  return places.find((path) => existsSync(path))
}

/** Returns Firefox's executable, after installing it on Debian if needed. @throws Error with the remedy */
export function ensureFirefox(): string {
  if (findFirefox() === undefined && isDebianRoot()) installPackage('firefox-esr')
  const found = findFirefox()
  if (found === undefined) throw new Error(NO_FIREFOX)
  return found
}

function isDebianRoot(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0
}

function installPackage(name: string): void {
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name])
}

/** Returns a browser's executable, after installing one if needed. @throws Error with the command that would help */
export function ensureBrowser(): string {
  const found = findBrowser()
  if (found !== undefined) return found
  if (isDebianRoot()) installPackage('chromium')
  if (findBrowser() === undefined) run('npx', ['playwright-core', 'install', 'chromium'])
  const installed = findBrowser()
  if (installed === undefined) throw new Error(NO_BROWSER)
  return installed
}
