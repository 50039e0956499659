// The text of one kernel, chosen by what stands in its slots and what its wrapper gives.
import { composeShader } from '../src/gpu/shader-source'
import { kernelCalls, type KernelCall } from './kernel-calls'

/** `weight` q8, `loop` tile, `scalar` f16, `variant` 128: all by which texts of a kernel differ. */
function properties({ variant, slots, given }: KernelCall): ReadonlyMap<string, string> {
  const all = { ...slots, ...given, ...(variant !== undefined && { variant }) }
  return new Map(Object.entries(all).map(([name, value]) => [name, String(value)]))
}

/** For each property of the calls its values, in words. */
function choicesIn(calls: readonly KernelCall[]): string[] {
  const values = new Map<string, Set<string>>()
  for (const call of calls) {
    for (const [name, value] of properties(call)) values.set(name, (values.get(name) ?? new Set()).add(value))
  }
  return [...values].map(([name, found]) => `  ${name}=${[...found].join('|')}`)
}

/**
 * The first text of the kernel that has all the `wanted` properties.
 * @throws RangeError saying which there are
 */
export function kernelText(stem: string | undefined, wanted: readonly string[]): string {
  const calls = kernelCalls()
  const own = calls.filter((call) => call.stem === stem)
  if (own.length === 0) {
    const stems = [...new Set(calls.map((call) => call.stem))]
    throw new RangeError(
      `${stem === undefined ? 'Name a kernel' : `There is no kernel ${stem}`}: one of ${stems.join(', ')}.`,
    )
  }
  const call = own.find((each) => {
    const found = properties(each)
    return wanted.every((property) => {
      const [name = '', value] = property.split('=')
      return found.get(name) === value
    })
  })
  if (!call)
    throw new RangeError(
      [`No wrapper asks for ${stem} with ${wanted.join(' ')}. There are:`, ...choicesIn(own)].join('\n'),
    )
  return composeShader(call.stem, call.slots, call.given)
}
