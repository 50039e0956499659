// The documents: links lead somewhere, commands exist, the README is short.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HELP } from '../../src/cli/generate-help'
import { CATALOGUE } from '../../src/catalogue/catalogue'

const ROOT = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'training/README.md',
  'test/golden/README.md',
]
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts

/** As GitHub names a heading's anchor. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

const anchorsOf = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map((match) => anchor(match[1]!))

describe.each(documents)('%s', (path) => {
  it('links to files and headings that are there', () => {
    const broken = [...read(path).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((link) => {
        const [file = '', heading] = link.split('#')
        const target = file === '' ? path : normalize(join(dirname(path), file))
        return (
          !existsSync(join(ROOT, target)) || (heading !== undefined && !anchorsOf(target).includes(heading))
        )
      })
    expect(broken).toEqual([])
  })

  it('names commands that exist', () => {
    const named = [...read(path).matchAll(/\bnpm run ([\w:-]+)/g)].map((match) => match[1]!)
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})

it('the README has at most 900 words', () => {
  expect(read('README.md').split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(900)
})

const MOST_DEPENDENCIES = 14

it('every dependency has a line that says why it is there, and there are few', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const rows = read('docs/architecture.md').split('\n')
  const missing = Object.keys(dependencies).filter(
    (name) => !rows.some((row) => new RegExp(`^\\|.*\`${name}\`.*\\| \\S`).test(row)),
  )
  expect(missing).toEqual([])
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(MOST_DEPENDENCIES)
})

it('every model of the catalogue is described', () => {
  for (const { id } of CATALOGUE) {
    expect(read('docs/models.md')).toContain(`\`${id}\``)
  }
})

it('every option of generate is described', () => {
  const options = [...HELP.matchAll(/--[a-z-]+/g)].map(([option]) => option)
  expect(options.length).toBeGreaterThan(10)
  expect(
    options.filter(
      (option) =>
        !read('docs/cli.md').includes(`\`${option}`) && !read('docs/cli.md').includes(` ${option} `),
    ),
  ).toEqual([])
})
