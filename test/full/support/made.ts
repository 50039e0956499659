import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { goldenDir } from '../../support/golden'

/** The cases whose goldens are there; of the others it says how they are made. */
export function made<T extends { readonly golden: string }>(cases: readonly T[]): T[] {
  return cases.filter(({ golden }) => {
    const found = existsSync(join(goldenDir(), `${golden}.golden.safetensors`))
    if (!found)
      console.warn(
        `Not compared: ${golden}.golden.safetensors is missing. Make it with python test/golden/make_full_size.py (minutes, 3 GB of memory).`,
      )
    return found
  })
}
