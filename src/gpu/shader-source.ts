const FILES = import.meta.glob<string>('/shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
})

const IMPORT = /^#import (\w+)$/gm
const ENABLE = /^(?:enable \w+|diagnostic\(.*\));\n/gm

/** The stems of all kernels: `shaders/<stem>.wgsl`. */
export function shaderStems(): string[] {
  return Object.keys(FILES)
    .filter((path) => /^\/shaders\/\w+\.wgsl$/.test(path))
    .map((path) => path.slice('/shaders/'.length, -'.wgsl'.length))
}

/** The names of all imports: `shaders/shared/<name>.wgsl`. */
export function sharedShaders(): string[] {
  return Object.keys(FILES)
    .filter((path) => path.startsWith('/shaders/shared/'))
    .map((path) => path.slice('/shaders/shared/'.length, -'.wgsl'.length))
}

/** The text of `shaders/<name>.wgsl`, or of `shaders/shared/<name>.wgsl`, as written. @throws when there is none. */
export function shaderFile(name: string): string {
  const text = FILES[`/shaders/${name}.wgsl`] ?? FILES[`/shaders/shared/${name}.wgsl`]
  if (text === undefined) throw new Error(`There is no shader ${name}.wgsl in shaders/ or shaders/shared/.`)
  return text
}

/**
 * The kernel's text with each `#import name` line replaced by shaders/shared/<file>.wgsl, once per file, where `file` is
 * `aliases[name]` or the name itself: this is how a kernel gets its scalar type and its weight format. What the files
 * enable comes first, as WGSL demands.
 */
export function composeShader(stem: string, aliases: Readonly<Record<string, string>>): string {
  const seen = new Set<string>()
  const expand = (text: string): string =>
    text.replace(IMPORT, (_line, name: string) => {
      const file = aliases[name] ?? name
      if (seen.has(file)) return ''
      seen.add(file)
      return expand(shaderFile(file))
    })
  const text = expand(shaderFile(stem))
  const enables = new Set(text.match(ENABLE) ?? [])
  if (aliases['scalar'] === 'scalar_f16') enables.add('enable f16;\n')
  return [...enables, text.replace(ENABLE, '')].join('')
}

/** A number that changes with the text of any shader (32-bit FNV-1a). */
export function shaderFingerprint(): number {
  let hash = 0x811c9dc5
  for (const path of Object.keys(FILES).sort()) {
    for (const character of `${path}\n${FILES[path]!}\n`)
      hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0
  }
  return hash
}
