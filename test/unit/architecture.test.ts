// The layers of the house, checked by reading the source.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const files = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => ending.test(path))
    .sort()

const SOURCES = files('src', /\.tsx?$/)

/** What a file imports: relative ones as paths from the root without extension, packages by name. */
function imports(path: string): string[] {
  const specifiers = [
    ...read(path).matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    ),
  ]
    .map((match) => match[1] ?? match[2] ?? match[3]!)
    .map((specifier) => specifier.replace(/\?.*$/, ''))
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  )
}

/** The room of the house that a path is in; a network is a room of its own. */
function layer(path: string): string {
  const parts = path.split('/')
  if (parts[0] !== 'src') return path
  if (parts[1] === 'worker')
    return /^((store|studio|check|writer)-)?client/.test(parts[2] ?? '') ? 'worker/client' : 'worker/worker'
  if (parts[1] === 'models' && parts.length > 3)
    return parts[2] === 'blocks' ? 'models/blocks' : `models/${parts[2]}`
  return parts[1]!.replace(/\.tsx?$/, '')
}

/** Which layers a layer may import, beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  index: ['protocol', 'worker/client'],
  main: ['ui', 'protocol', 'catalogue', 'estimate', 'worker/client'],
  ui: ['protocol', 'catalogue', 'estimate', 'worker/client'],
  estimate: ['protocol'],
  protocol: [],
  catalogue: ['protocol'],
  'worker/client': ['protocol'],
  'worker/worker': ['protocol', 'catalogue', 'engine', 'media', 'storage', 'weights'],
  engine: ['protocol', 'catalogue', 'estimate', 'models', 'sampling', 'media', 'gpu', 'weights', 'storage'],
  sampling: ['protocol', 'gpu'],
  models: ['protocol', 'gpu', 'weights', 'models/blocks'],
  'models/blocks': ['protocol', 'gpu', 'weights'],
  media: ['protocol', 'gpu', 'weights'],
  gpu: ['protocol', 'weights'],
  weights: ['protocol'],
  storage: ['protocol', 'weights'],
  cli: ['protocol', 'catalogue', 'estimate', 'ui', 'weights', 'engine', 'models', 'media'],
}

/** A network may import what every network may, and what stands above the folders of networks: families and types. */
function allowed(from: string, to: string): boolean {
  if (from === to) return true
  if (from.startsWith('models/') && from !== 'models/blocks')
    return [...ALLOWED['models']!, 'models'].includes(to)
  if (from === 'models' || ALLOWED[from]?.includes('models')) {
    if (to === 'models' || to.startsWith('models/')) return true
  }
  return ALLOWED[from]?.includes(to) ?? false
}

describe('layers', () => {
  it('import only what is below them', () => {
    const wrong = SOURCES.flatMap((path) =>
      imports(path)
        .filter((target) => target.startsWith('src/'))
        .filter((target) => !allowed(layer(path), layer(target)))
        .map((target) => `${path} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('have no cycles', () => {
    const graph = new Map(
      SOURCES.map((path) => [
        path.replace(/\.tsx?$/, ''),
        imports(path).filter((target) => target.startsWith('src/')),
      ]),
    )
    const done = new Set<string>()
    const visit = (path: string, above: readonly string[]): void => {
      if (above.includes(path))
        throw new Error(`Cycle: ${[...above.slice(above.indexOf(path)), path].join(' → ')}`)
      if (done.has(path)) return
      for (const target of graph.get(path) ?? []) visit(target, [...above, path])
      done.add(path)
    }
    expect(graph.size).toBeGreaterThan(50)
    for (const path of graph.keys()) visit(path, [])
  })

  it.each([
    { name: 'onnxruntime-web/webgpu', only: /^src\/models\/blocks\/onnx-runtime\.ts$/ },
    { name: '@huggingface/transformers', only: /^src\/models\/(umt5|writer)\// },
    { name: 'mp4-muxer', only: /^src\/media\/mp4-writer\.ts$/ },
    { name: 'react', only: /^src\/(ui\/|main\.tsx$)/ },
    { name: 'playwright-core', only: /^src\/cli\// },
    { name: '@noble/hashes/sha2.js', only: /^src\/storage\// },
  ])('$name is imported in its place only', ({ name, only }) => {
    const importers = SOURCES.filter((path) => imports(path).some((target) => target === name))
    expect(importers.length).toBeGreaterThan(0)
    expect(importers.filter((path) => !only.test(path))).toEqual([])
  })

  it('reach WebGPU through src/gpu only', () => {
    const raw =
      /\.(createBuffer|createComputePipeline\w*|createShaderModule|createBindGroup\w*|createCommandEncoder|writeBuffer|mapAsync|requestAdapter|requestDevice)\(/
    const outside = SOURCES.filter(
      (path) => !path.startsWith('src/gpu/') && !path.startsWith('src/ui/') && !path.startsWith('src/cli/'),
    )
    expect(outside.filter((path) => raw.test(read(path)))).toEqual([])
    expect(
      SOURCES.filter((path) => path.startsWith('src/gpu/') && raw.test(read(path))).length,
    ).toBeGreaterThan(2)
  })

  it('keep the references of the tests apart from what they check', () => {
    const references = files('test/reference', /\.ts$/)
    expect(references.length).toBeGreaterThan(3)
    expect(references.filter((path) => imports(path).some((target) => target.startsWith('src/')))).toEqual([])
  })
})

describe('files', () => {
  it('are small', () => {
    const long = [
      ...SOURCES.map((path) => ({ path, limit: 350 })),
      ...files('shaders', /\.wgsl$/).map((path) => ({ path, limit: 250 })),
    ]
      .map(({ path, limit }) => ({ path, limit, lines: read(path).split('\n').length }))
      .filter(({ lines, limit }) => lines > limit)
    expect(long).toEqual([])
  })

  it('have neither export * nor a drawer for everything', () => {
    expect(SOURCES.filter((path) => /^export \*/m.test(read(path)))).toEqual([])
    expect(SOURCES.filter((path) => /(^|\/)(utils?|helpers?|misc|common)\.tsx?$/.test(path))).toEqual([])
  })

  it('hold one onnxruntime-web in the lockfile', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> }
    expect(
      Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/onnxruntime-web')),
    ).toEqual(['node_modules/onnxruntime-web'])
  })
})
