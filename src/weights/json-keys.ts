// JSON.parse keeps the last of two equal keys in silence; a file header with two is a trap, so they are looked for.

/** The first key that stands twice in one object of `text`, which must be valid JSON; `undefined` where there is none. */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [] // one entry per open bracket: the keys of an object, nothing for an array
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const found = match[0]
    if (found === '{') open.push(new Set())
    else if (found === '[') open.push(undefined)
    else if (found === '}' || found === ']') open.pop()
    else if (match[1] !== undefined) {
      const key: unknown = JSON.parse(found.slice(0, found.length - match[1].length))
      const keys = open.at(-1)
      if (keys?.has(String(key))) return String(key)
      keys?.add(String(key))
    }
  }
  return undefined
}
