// npm run bench:pack: makes an archive that runs the bench on a Linux machine with nothing but a Vulkan driver: node,
// Dawn, onnxruntime-web, Vulkan's loader, and the bench with its shaders as one file.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleBench } from './bundle'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NAME = 'zoetrope-bench'
const MAX_BYTES = 60e6
const DAWN = `dist/linux-${process.arch}`

/** The files of each package that run. */
const PACKAGES = [
  { name: 'webgpu', files: ['package.json', 'LICENSE.md', 'index.js', `${DAWN}/dawn.node`] },
  {
    name: 'onnxruntime-web',
    files: [
      'package.json',
      'dist/ort.webgpu.bundle.min.mjs',
      'dist/ort-wasm-simd-threaded.asyncify.mjs',
      'dist/ort-wasm-simd-threaded.asyncify.wasm',
    ],
  },
] as const

/** Prefers the system's loader; the packed one is for machines that have only a driver. */
const RUN = `#!/bin/sh
# The bench on this machine's GPU; ./run.sh --help lists the options.
here=$(cd "$(dirname "$0")" && pwd)
if ! /sbin/ldconfig -p 2>/dev/null | grep -q libvulkan.so.1; then
  export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
fi
exec "$here/node" "$here/bench.mjs" "$@"
`

const LOADERS = [
  '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
  '/usr/lib/aarch64-linux-gnu/libvulkan.so.1',
  '/usr/lib64/libvulkan.so.1',
]

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

if (process.platform !== 'linux')
  throw new Error(`The archive is made of this machine's own node, on Linux; this is ${process.platform}.`)
const folder = join(ROOT, 'out', NAME)
const archive = `${folder}-linux-${process.arch}.tar.xz`
rmSync(folder, { recursive: true, force: true })
await bundleBench(folder)
put(process.execPath, join(folder, 'node'))
execFileSync('strip', ['--strip-unneeded', join(folder, 'node')])
for (const { name, files } of PACKAGES) {
  for (const file of files) {
    const from = join(ROOT, 'node_modules', name, file)
    if (existsSync(from)) put(from, join(folder, 'node_modules', name, file))
  }
}
const loader = LOADERS.find(existsSync)
if (loader) put(loader, join(folder, 'lib', 'libvulkan.so.1'))
writeFileSync(join(folder, 'run.sh'), RUN)
chmodSync(join(folder, 'run.sh'), 0o755)

console.log('Packing; this takes a minute or two …')
execFileSync('tar', ['-cJf', archive, '-C', dirname(folder), NAME], {
  stdio: 'inherit',
  env: { ...process.env, XZ_OPT: '-3 -T0' },
})
rmSync(folder, { recursive: true })
const { size } = statSync(archive)
if (size > MAX_BYTES)
  throw new Error(`${archive} has ${(size / 1e6).toFixed(1)} MB; it must stay under ${MAX_BYTES / 1e6}.`)
console.log(
  `${archive}: ${(size / 1e6).toFixed(1)} MB. On the other machine: tar -xf, then ${NAME}/run.sh --json.`,
)
