// Before anything is made: its files can be written, and replace none of those that it is made from.
import type { GenerateArguments } from './arguments'
import { UsageError } from './usage-error'
import { checkOut, checkPlace, realPlace } from './write-film'

/** A file that a clip is made from, and what names it. */
export interface UsedFile {
  readonly option: string
  readonly path: string
}

/** The files that the options name, without those of models and LoRAs. */
export function usedFiles({
  image,
  lastImage,
  upscaler,
  control,
  recipe,
  live,
}: Pick<GenerateArguments, 'image' | 'lastImage' | 'upscaler' | 'control' | 'recipe' | 'live'>): UsedFile[] {
  const named: readonly (readonly [option: string, path: string | undefined])[] = [
    ['--image', image],
    ['--last-image', lastImage],
    ['--upscaler', upscaler],
    ['--control', control?.control],
    ['--mask', control?.mask],
    ...(control?.references ?? []).map((path) => ['--reference', path] as const),
    ['--recipe', recipe],
    ['--prompts', live?.prompts],
  ]
  return named.flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }]))
}

/**
 * Checks where the film goes, and its end. The end may replace the one that the clip goes on from: it is written whole,
 * after that was read.
 * @throws UsageError
 */
export function checkTargets(
  { out, keepEnd, continueFrom }: Pick<GenerateArguments, 'out' | 'keepEnd' | 'continueFrom'>,
  used: readonly UsedFile[],
): void {
  checkOut(out)
  const earlier = continueFrom === undefined ? [] : [{ option: '--continue', path: continueFrom }]
  refuseSame({ option: '--out', path: out }, [...used, ...earlier])
  if (keepEnd === undefined) return
  checkPlace(keepEnd, '--keep-end')
  refuseSame({ option: '--keep-end', path: keepEnd }, [...used, { option: '--out', path: out }])
}

/** Undefined where there is no such folder, as of a part that a model lacks. */
function placeOf({ path }: UsedFile): string | undefined {
  try {
    return realPlace(path)
  } catch {
    return undefined
  }
}

function refuseSame(target: UsedFile, others: readonly UsedFile[]): void {
  const place = placeOf(target)
  const same = others.find((other) => placeOf(other) === place)
  if (same)
    throw new UsageError(
      `${target.path} is named by both ${same.option} and ${target.option}: one would replace the other. Name another file with ${target.option}.`,
    )
}
