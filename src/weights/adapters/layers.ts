// The model's layers by every name that adapters' files give them.
import type { AdapterBase } from './adapter'

/** The tensors of a layer, by their names in the model. */
export interface Layer {
  readonly name: string
  readonly weight?: string
  readonly bias?: string
  readonly modulation?: string
}

/** Written before a layer's name, also one after the other. The longer of two that begin alike comes first. */
const PREFIXES = [
  'lora_unet__',
  'lora_unet_',
  'lora_transformer_',
  'lycoris_',
  'base_model.model.',
  'diffusion_model.',
  'transformer.',
  'generator_lora.',
  'generator_ema.',
  'generator.',
  'pipe.',
  'dit.',
  'unet.',
  'net.',
  'model.',
  'module.',
]

/** Names that training wrappers insert between the parts of a name. */
const WRAPPERS = /(^|\.)(?:_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod)(?=\.)/g

/** Dots and underscores are one, since kohya writes no dots, and some files write both. */
function spelled(path: string): string {
  return path.replaceAll('.', '_')
}

/** A tensor's layer, and its place there. */
function placesOf(name: string): (readonly [path: string, place: 'weight' | 'bias' | 'modulation'])[] {
  const at = name.lastIndexOf('.')
  const [before, last] = [name.slice(0, Math.max(at, 0)), name.slice(at + 1)]
  if (last === 'weight' || last === 'bias') return [[before, last]]
  if (last !== 'modulation' && last !== 'scale_shift_table') return []
  return [[name, 'weight'], ...(before === '' ? [] : [[before, 'modulation'] as const])]
}

export interface Found {
  readonly layer: Layer
  /** The layer's name in the file, without what is written before it. */
  readonly path: string
}

/** Makes the function that finds a layer by its path in a file; `undefined` where the model has none of that name. */
export function layerFinder(base: AdapterBase): (path: string) => Found | undefined {
  const layers = new Map<string, { -readonly [K in keyof Layer]: Layer[K] }>()
  const table = new Map<string, Layer>()
  for (const tensor of base.tensors.keys()) {
    const own = placesOf(tensor)
    const names = [own, ...base.spellings(tensor).map(placesOf)]
    for (const [i, [name, place]] of own.entries()) {
      const layer = layers.get(name) ?? { name }
      layers.set(name, layer)
      layer[place] = tensor
      for (const places of names) {
        const path = places[i]?.[0]
        if (path !== undefined) table.set(spelled(path), layer)
      }
    }
  }
  return (given) => {
    let path = given.replace(WRAPPERS, '').replace(/^\./, '')
    for (;;) {
      const layer = table.get(spelled(path))
      if (layer) return { layer, path }
      const prefix = PREFIXES.find((each) => path.startsWith(each))
      if (prefix === undefined) return undefined
      path = path.slice(prefix.length)
    }
  }
}
