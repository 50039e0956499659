// Every kernel is four files of one stem, its wrapper says what its WGSL says, and what stands in a slot has what the
// slot declares.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../src/gpu/kernel'
import {
  composeShader,
  entryPath,
  givenOf,
  importsOf,
  shaderFile,
  shaderFiles,
  shaderParts,
  shaderStems,
  slotsOf,
} from '../../src/gpu/shader-source'
import { LINEAR_INT8, VARIANT_ROWS, type VariantRow } from '../../src/gpu/variant-table'
import { kernelCalls } from '../../tools/kernel-calls'
import { kernelText } from '../../tools/kernel-text'

const ROOT = join(import.meta.dirname, '..', '..')
const WRAPPERS = import.meta.glob<{ kernel: Kernel }>('/src/gpu/kernels/*.ts', { eager: true })
const DOCS = readFileSync(join(ROOT, 'docs/kernels.md'), 'utf8')
const CALLS = kernelCalls()
const ROWS: readonly (VariantRow & { readonly family: string })[] = Object.entries(VARIANT_ROWS).flatMap(
  ([family, rows]) => rows.map((row) => ({ ...row, family })),
)

function kernelOf(stem: string): Kernel {
  const wrapper = WRAPPERS[`/src/gpu/kernels/${stem}.ts`]
  if (!wrapper) throw new Error(`The kernel ${stem} has no wrapper src/gpu/kernels/${stem}.ts.`)
  return wrapper.kernel
}

describe.each(shaderStems())('%s', (stem) => {
  const text = shaderFile(entryPath(stem))
  const lines = text.split('\n')

  it('begins with five lines: formula, shapes, workgroup and grid, what must hold, reference', () => {
    expect(lines.slice(0, 5).every((line) => line.startsWith('// '))).toBe(true)
    expect(lines[5]).not.toMatch(/^\/\/ /)
    expect(lines[1]).toContain('->')
    expect(lines[2]).toMatch(/grid \(/i)
    expect(lines[4]).toMatch(/^\/\/ Reference: /)
    const reference = /Reference: (test\/reference\/\w+\.ts)/.exec(lines[4]!)?.[1]
    if (reference) expect(existsSync(join(ROOT, reference)), reference).toBe(true)
  })

  it('has the bindings and the Params of its wrapper', () => {
    const kernel = kernelOf(stem)
    expect(kernel.stem).toBe(stem)
    const bindings = [...text.matchAll(/@group\(0\) @binding\((\d+)\) var<(?:storage|uniform)[^>]*> (\w+):/g)]
    expect(bindings.map(([, index]) => Number(index))).toEqual(bindings.map((_, i) => i))
    expect(bindings.map(([, , name]) => name)).toEqual([...kernel.bindings, 'params'])
    const struct = /struct Params \{([^}]*)\}/.exec(text)?.[1] ?? ''
    const members = [...struct.matchAll(/(\w+): ([\w<>]+),/g)].map(([, name, type]) => [name, type])
    expect(members).toEqual([['grid_origin', 'vec3<u32>'], ...Object.entries(kernel.params)])
  })

  it('has a test, and a row in the map of kernels', () => {
    expect(existsSync(join(ROOT, `test/kernels/${stem}.test.ts`))).toBe(true)
    expect(DOCS).toContain(`| \`${stem}\` |`)
  })

  it('starts at the origin of its part of the grid', () => {
    expect(text).toMatch(/workgroup(\.\w)? \+ params\.grid_origin/)
  })

  it('is asked for by its wrapper', () => {
    expect(CALLS.some((call) => call.stem === stem)).toBe(true)
  })
})

/** A function with its parameters, or another name, as a slot declares it. */
function defines(text: string, item: string): boolean {
  const [, name = item, parameters] = /^(\w+)\((.*)\)$/.exec(item) ?? []
  if (parameters === undefined) return new RegExp(`^(alias|const|struct) ${name}\\b`, 'm').test(text)
  const found = new RegExp(`^fn ${name}\\(([^)]*)\\)`, 'm').exec(text)?.[1]
  const names = found?.split(', ').map((parameter) => parameter.replace(/:.*/, ''))
  return names?.join(', ') === parameters
}

const PROVIDERS = shaderFiles().flatMap((path) =>
  slotsOf(path).flatMap(({ name, files, items }) =>
    [...files.values()].map((file) => ({ file, name, path, items })),
  ),
)

describe('a slot', () => {
  it.each(PROVIDERS)('$name of $path is filled by $file', ({ file, items }) => {
    const text = [file, ...importsOf(file)].map(shaderFile).join('')
    expect(items.filter((item) => !defines(text, item))).toEqual([])
  })

  it('has several files, and is used', () => {
    const slots = shaderFiles().flatMap(slotsOf)
    expect(slots.length).toBeGreaterThan(10)
    for (const { files, name } of slots) expect(files.size, name).toBeGreaterThan(1)
  })

  it('is not left empty, nor filled with what does not suit it', () => {
    const slots = { loop: 'tile', inputs: 'fours', weight: 'q8', accumulate: 'f32' }
    expect(shaderParts('linear', slots)[0]).toBe('linear/linear.wgsl')
    expect(() => shaderParts('linear', { ...slots, weight: 'q3' })).toThrow(
      'The slot weight of linear/linear.wgsl is filled with q3; it takes f16, q4, q8.',
    )
    expect(() => shaderParts('linear', { ...slots, loop: 'int8', weight: 'f16' })).toThrow(
      'The slot weight of linear/loops/int8.wgsl is filled with f16; it takes q8, q4.',
    )
    expect(() => shaderParts('silu', { loop: 'tile' })).toThrow('The kernel silu has no slot loop')
    const { accumulate: _, ...without } = slots
    expect(() => shaderParts('linear', without)).toThrow(
      'The slot accumulate of linear/loops/tile.wgsl is filled with nothing; it takes f16, f32.',
    )
  })
})

describe('files', () => {
  it('import files that there are, and are used by a kernel', () => {
    const imported = shaderFiles().flatMap(importsOf)
    expect(imported.filter((path) => !shaderFiles().includes(path))).toEqual([])
    const used = new Set(CALLS.flatMap(({ stem, slots }) => shaderParts(stem, slots)))
    expect(shaderFiles().filter((path) => !used.has(path))).toEqual([])
  })

  it('choose nothing by a preprocessor, and hold no number that a wrapper owns', () => {
    const owned = new Set(CALLS.flatMap(({ given }) => Object.keys(given)))
    for (const path of shaderFiles()) {
      expect(shaderFile(path), path).not.toMatch(/^#(?!import )/m)
      const own = [...shaderFile(path).matchAll(/^(?:const|override|alias) (\w+)/gm)].map(([, name]) => name!)
      expect(
        own.filter((name) => owned.has(name)),
        path,
      ).toEqual([])
    }
  })

  it('take only what a wrapper gives, and every number given is taken by some file', () => {
    const taken = new Set(shaderFiles().flatMap(givenOf))
    for (const { given } of CALLS) expect(Object.keys(given).filter((name) => !taken.has(name))).toEqual([])
    expect(() => composeShader('silu', {}, {})).toThrow('The wrapper of silu gives no INVOCATIONS.')
  })
})

describe('the table of variants', () => {
  it.each(ROWS)(
    '$family $name has files, fits on from its fallbacks, and stands in docs/kernels.md',
    (row) => {
      expect(CALLS.some(({ variant, slots }) => variant === row.name && contains(slots, row.slots))).toBe(
        true,
      )
      if (row.fits)
        expect(ROWS.some(({ family, name }) => family === row.family && name === row.otherwise)).toBe(true)
      expect(DOCS).toContain(`| ${row.family} | \`${row.name}\` | ${row.label} |`)
    },
  )

  it('has int8 beside it', () => {
    expect(CALLS.some(({ slots }) => slots['loop'] === LINEAR_INT8.slots.loop)).toBe(true)
    expect(DOCS).toContain(`| linear | \`int8\` | ${LINEAR_INT8.label} |`)
  })
})

function contains(all: Readonly<Record<string, string>>, some: Readonly<Record<string, string>>): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value)
}

describe('npm run shader', () => {
  it('prints the entry first, then what is given, then the other files by their names', () => {
    const text = kernelText('linear', ['weight=q8', 'loop=tile'])
    expect(text.startsWith('//! file linear/linear.wgsl\n')).toBe(true)
    expect([...text.matchAll(/^\/\/! file (.*)$/gm)].map(([, path]) => path)).toEqual([
      'linear/linear.wgsl',
      'linear/loops/tile.wgsl',
      'lib/accumulate_f32.wgsl',
      'lib/outer.wgsl',
      'lib/column.wgsl',
      'linear/inputs/fours.wgsl',
      'linear/weights/q8.wgsl',
      'lib/activation.wgsl',
    ])
    expect(text).toContain('//! given by the wrapper\nalias x_scalar = f32;\n')
    expect(kernelText('linear', ['variant=128', 'scalar=f16'])).toContain('const TILE_ROWS = 128u;')
  })

  it('says what there is', () => {
    expect(() => kernelText('linear', ['loop=spiral'])).toThrow(
      /No wrapper asks for linear with loop=spiral.*\n.*loop=tile\|/s,
    )
    expect(() => kernelText('linea', [])).toThrow('There is no kernel linea: one of linear, ')
  })
})
