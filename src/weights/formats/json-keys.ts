// Finds duplicate keys, of which JSON.parse silently keeps the last: a file header with two is a trap.

/**
 * The index after the string whose opening quote stands at `start`. Not a regular expression, which would overflow
 * the stack on a string of 40 MB.
 */
function stringEnd(text: string, start: number): number {
  let end = start + 1
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end + 1
}

/**
 * The first key that occurs twice in one object of `text`, which must be valid JSON; `undefined` where there is none.
 */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [] // one entry per open bracket: the keys of an object, nothing for an array
  let lastString = '' // with its quotes; a colon makes it a key
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '{') open.push(new Set())
    else if (character === '[') open.push(undefined)
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const end = stringEnd(text, i)
      lastString = text.slice(i, end)
      i = end - 1
    } else if (character === ':') {
      const key = String(JSON.parse(lastString))
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}
