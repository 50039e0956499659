// npm run build:library: the package in lib/, complete with a package.json of its own, which names no dependencies: the
// bundle has them inside. `npm pack ./lib` makes the tarball.
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface PackageFacts {
  version: string
  description: string
  license: string
}

export async function buildLibrary(): Promise<string> {
  await build({ root: ROOT, configFile: join(ROOT, 'vite.library.config.ts'), logLevel: 'warn' })
  const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.library.json'], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0)
    throw new Error('The declarations of the library could not be made; the lines above say why.')
  const { version, description, license } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as PackageFacts
  const facts = {
    name: 'zoetrope',
    version,
    description,
    license,
    type: 'module',
    exports: { '.': { types: './types/index.d.ts', default: './zoetrope.js' } },
    sideEffects: false,
  }
  writeFileSync(join(ROOT, 'lib/package.json'), `${JSON.stringify(facts, null, 2)}\n`)
  for (const file of ['LICENSE', 'README.md']) copyFileSync(join(ROOT, file), join(ROOT, 'lib', file))
  return join(ROOT, 'lib')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(`The library is in ${await buildLibrary()}.`)
