// Installs the packages of package-lock.json when node_modules is missing or older than the lock. Node built-ins only.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Zoetrope needs Node 20.19 or newer; this is Node ${process.versions.node}. Install a newer Node from https://nodejs.org.`,
  )
  process.exit(1)
}

const installed = `${root}node_modules/.package-lock.json`
const current =
  existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs
if (!current) {
  console.log('Installing packages (once) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Not `npm ci`: that refuses a lockfile without the native parts of tools for every platform, which a partial mirror
  // of the registry does not give. This keeps to the locked versions and adds the part for this platform.
  const { status } = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  process.exit(status ?? 1)
}
