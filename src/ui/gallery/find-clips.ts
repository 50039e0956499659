import type { ClipRecord } from '../../protocol/gallery'

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** Clips whose prompt has every word that is searched for, in any order; a number also finds a seed. */
export function findClips(
  clips: readonly ClipRecord[],
  search: string,
  onlyStarred: boolean,
): readonly ClipRecord[] {
  const wanted = folded(search)
    .split(/\s+/)
    .filter((word) => word !== '')
  return clips.filter(({ facts, isStarred }) => {
    if (onlyStarred && !isStarred) return false
    const text = `${folded(facts.prompt)} ${facts.seed} ${folded(facts.model)}`
    return wanted.every((word) => text.includes(word))
  })
}
