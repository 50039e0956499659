// What the results that are kept between clips depend on.
import type { Residency, Weights } from '../models/family'
import type { ModelFiles } from './model/opened'

/** A file of a model: its name, bytes of tensors, and hash where the manifest has one. */
function fileKey(
  { manifest, weights }: Pick<ModelFiles, 'manifest' | 'weights'>,
  role: keyof Weights,
): string {
  const { name = '', tensors = new Map<string, { byteLength: number }>() } = weights[role] ?? {}
  const bytes = [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
  const sha256 = manifest.files.find((file) => file.role === role)?.sha256 ?? ''
  return `${manifest.id}@${manifest.version}/${name}/${bytes}/${sha256}`
}

/**
 * Everything that determines an encoded prompt: the model, the text encoder's file, the format on the GPU, and the
 * tokens.
 */
export function promptKey(files: ModelFiles, { text }: Residency, ids: readonly number[]): string {
  return `${fileKey(files, 'textEncoder')}${files.changedAt ?? ''}/${text}/${ids.join(' ')}`
}

/** Everything that determines the features of a picture: the model, CLIP's file, and the pixels. */
export function pictureKey(files: ModelFiles, sha256: string): string {
  return `${fileKey(files, 'clip')}/picture/${sha256}`
}
