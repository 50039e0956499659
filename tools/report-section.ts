// The part of a Markdown document that a command writes. It stands between two comments; everything else is a person's.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** The document with the section of that key replaced, or appended where it has none yet. */
export function withSection(document: string, key: string, body: string): string {
  const [begin, end] = [`<!-- begin ${key} -->`, `<!-- end ${key} -->`]
  const section = `${begin}\n${body.trim()}\n${end}`
  const from = document.indexOf(begin)
  if (from < 0) return `${document.trimEnd()}\n\n${section}\n`.trimStart()
  const to = document.indexOf(end, from)
  if (to < 0)
    throw new Error(`The document has "${begin}" without "${end}". Restore that line, or remove both.`)
  return document.slice(0, from) + section + document.slice(to + end.length)
}

/** Replaces the section in the file at once. @throws where the file cannot be written */
export function writeSection(path: string, key: string, body: string): void {
  const document = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const unfinished = `${path}.part`
  writeFileSync(unfinished, withSection(document, key, body))
  renameSync(unfinished, path)
}

/** "Zoetrope 0.5.1 on 2026-11-29; 2 × Intel(R) Xeon(R), 24 GB, linux x64, Node 20.20.2". */
export function describeRun(): string {
  const processors = cpus()
  const name = processors[0]?.model.trim() || 'unknown processor'
  const version = process.env['npm_package_version']
  return [
    `${version ? `Zoetrope ${version} on ` : ''}${new Date().toISOString().slice(0, 10)}; ${processors.length} × ${name}`,
    `${Math.round(totalmem() / 2 ** 30)} GB`,
    `${process.platform} ${process.arch}`,
    `Node ${process.versions.node}`,
  ].join(', ')
}
