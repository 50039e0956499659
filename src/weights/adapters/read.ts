// Reads an adapter of any kind and naming. Checks all of it against the model before a matrix is read.
import { WeightsError } from '../error'
import { showName, type TensorEntry, type WeightFile } from '../weight-file'
import type { Adapter, AdapterBase, Delta } from './adapter'
import { layerDeltas } from './deltas'
import { layerFinder, type Layer } from './layers'
import { splitName, type Part } from './parts'
import { metadataScale, readAlpha } from './scale'

/** A layer of the model, with all that the file holds of it. */
interface Group {
  readonly layer: Layer
  readonly parts: Map<Part, TensorEntry>
  /** The layer's name in diffusers' file, whose metadata may have its scale. */
  diffusersPath?: string
}

interface Sorted {
  readonly groups: ReadonlyMap<Layer, Group>
  readonly unused: readonly string[]
  /** Paths of layers that the model does not have. */
  readonly otherLayers: ReadonlySet<string>
}

function addTo(file: WeightFile, { layer, parts }: Group, part: Part, entry: TensorEntry): void {
  const other = parts.get(part)
  if (other)
    throw new WeightsError(
      file.name,
      `${file.name}: tensors ${showName(other.name)} and ${showName(entry.name)} are the same part of ${showName(layer.name)}. Choose a file that holds one adapter.`,
    )
  parts.set(part, entry)
}

function sortTensors(file: WeightFile, base: AdapterBase): Sorted {
  const find = layerFinder(base)
  const groups = new Map<Layer, Group>()
  const unused: string[] = []
  const otherLayers = new Set<string>()
  for (const entry of file.tensors.values()) {
    const named = splitName(entry.name)
    const found = named && find(named.path)
    if (!found) {
      unused.push(entry.name)
      if (named) otherLayers.add(named.path)
      continue
    }
    const { path, part } = named
    if (typeof part === 'object')
      throw new WeightsError(
        file.name,
        `${file.name} is an adapter of the kind ${part.unknown} (it has ${showName(entry.name)}), which Zoetrope does not apply. Choose a LoRA, DoRA, LoHa or LoKr.`,
      )
    const group = groups.get(found.layer) ?? { layer: found.layer, parts: new Map<Part, TensorEntry>() }
    groups.set(found.layer, group)
    addTo(file, group, part, entry)
    if (path.startsWith('transformer.')) group.diffusersPath = found.path
  }
  return { groups, unused, otherLayers }
}

/**
 * Reads what `file` changes in `base`: names, shapes and alphas.
 * @throws WeightsError where it was trained for another model, is of a kind that is not known, or is incomplete
 */
export async function readAdapter(file: WeightFile, base: AdapterBase): Promise<Adapter> {
  const { groups, unused, otherLayers } = sortTensors(file, base)
  const ofMetadata = metadataScale(file)
  const deltas = new Map<string, readonly Delta[]>()
  const idle: string[] = []
  let applied = 0
  for (const { layer, parts, diffusersPath } of groups.values()) {
    const alpha = parts.get('alpha')
    const scales = {
      alpha: alpha && (await readAlpha(file, alpha)),
      ofRank:
        ofMetadata && diffusersPath !== undefined
          ? (rank: number) => ofMetadata(diffusersPath, rank)
          : undefined,
    }
    const found = layerDeltas({ file, base, layer, parts }, scales)
    if (found.size === 0) idle.push(...[...parts.values()].map(({ name }) => name))
    else applied++
    for (const [name, own] of found) deltas.set(name, [...(deltas.get(name) ?? []), ...own])
  }
  if (applied === 0) refuseAll(file, base)
  return {
    file,
    deltas,
    layers: { applied, of: applied + otherLayers.size },
    unused: [...unused, ...idle],
  }
}

function refuseAll(file: WeightFile, base: AdapterBase): never {
  const few = [...file.tensors.keys()].slice(0, 3).map(showName).join(', ')
  throw new WeightsError(
    file.name,
    `${file.name} changes nothing in ${base.title}: of its ${file.tensors.size} tensors${few && ` (${few}, …)`} none belongs to a layer of it. Choose a LoRA that was trained for this model.`,
  )
}
