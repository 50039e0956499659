// Every kernel is four files of one stem, and its wrapper says what its WGSL says.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../src/gpu/kernel'
import { shaderFile, shaderStems } from '../../src/gpu/shader-source'

const ROOT = join(import.meta.dirname, '..', '..')
const WRAPPERS = import.meta.glob<{ kernel: Kernel }>('/src/gpu/kernels/*.ts', { eager: true })

function kernelOf(stem: string): Kernel {
  const wrapper = WRAPPERS[`/src/gpu/kernels/${stem}.ts`]
  if (!wrapper) throw new Error(`shaders/${stem}.wgsl has no wrapper src/gpu/kernels/${stem}.ts.`)
  return wrapper.kernel
}

describe.each(shaderStems())('%s', (stem) => {
  const text = shaderFile(stem)
  const lines = text.split('\n')

  it('begins with five lines that say what it does', () => {
    expect(lines.slice(0, 5).every((line) => line.startsWith('// '))).toBe(true)
    const header = text.slice(0, text.search(/^(?!\/\/)/m))
    expect(header).toMatch(/grid \(/i)
    expect(header).toContain('->')
    expect(header).toMatch(/Reference: /)
    const reference = /Reference: (test\/reference\/\w+\.ts)/.exec(header)?.[1]
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

  it('has a test, and a row in the table', () => {
    expect(existsSync(join(ROOT, `test/kernels/${stem}.test.ts`))).toBe(true)
    expect(readFileSync(join(ROOT, 'shaders/README.md'), 'utf8')).toContain(`| \`${stem}\` |`)
  })

  it('starts at the origin of its part of the grid', () => {
    expect(text).toMatch(/workgroup(\.\w)? \+ params\.grid_origin/)
  })
})
