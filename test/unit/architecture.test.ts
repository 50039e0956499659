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

/** The part of the house a path is in. */
function layer(path: string): string {
  const parts = path.split('/')
  if (parts[0] !== 'src') return path
  if (parts[1] === 'worker')
    return /^(store-)?client/.test(parts[2] ?? '') ? 'worker/client' : 'worker/worker'
  if (parts[1] === 'engine') return parts.length > 3 ? `engine/${parts[2]}` : 'engine'
  return parts[1]!.replace(/\.tsx?$/, '')
}

const ENGINE_PARTS = ['engine/prompt', 'engine/scheduler', 'engine/dit', 'engine/vae', 'engine/video']

/** Which layers a layer may import, beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  main: ['ui', 'protocol', 'worker/client'],
  ui: ['protocol', 'worker/client'],
  protocol: [],
  'worker/client': ['protocol'],
  'worker/worker': ['protocol', 'engine', 'weights'],
  engine: ['protocol', 'gpu', 'weights', ...ENGINE_PARTS],
  'engine/prompt': ['gpu', 'weights'],
  'engine/scheduler': [],
  'engine/dit': ['engine', 'gpu', 'weights'],
  'engine/vae': ['engine', 'gpu', 'weights'],
  'engine/video': ['protocol'],
  gpu: ['weights'],
  weights: [],
  cli: ['protocol', 'ui', 'weights'],
}

describe('layers', () => {
  it('import only what is below them', () => {
    const wrong = SOURCES.flatMap((path) =>
      imports(path)
        .filter((target) => target.startsWith('src/'))
        .filter((target) => layer(target) !== layer(path) && !ALLOWED[layer(path)]?.includes(layer(target)))
        .map((target) => `${path} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('give the models nothing of the engine but its weight loader', () => {
    const models = SOURCES.filter((path) => /^src\/engine\/(dit|vae)\//.test(path))
    const wrong = models.flatMap((path) =>
      imports(path)
        .filter((target) => layer(target) === 'engine' && target !== 'src/engine/weight-loader')
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
    { name: 'onnxruntime-web/webgpu', only: /^src\/engine\/prompt\// },
    { name: '@huggingface/transformers', only: /^src\/engine\/prompt\// },
    { name: 'mp4-muxer', only: /^src\/engine\/video\/mp4-writer\.ts$/ },
    { name: 'react', only: /^src\/(ui\/|main\.tsx$)/ },
    { name: 'playwright-core', only: /^src\/cli\// },
    { name: '@noble/hashes/sha2.js', only: /^src\/weights\/store\// },
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
      ...SOURCES.map((path) => ({ path, limit: 300 })),
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
