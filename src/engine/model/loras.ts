// The LoRAs of a clip: opened, checked against the model, and laid over its weights as they are loaded.
import { adaptedLoader } from '../../models/blocks/adapted-loader'
import type { WeightLoader } from '../../models/blocks/weight-loader'
import { ZoetropeError } from '../../protocol/errors'
import { fingerprintOf } from '../../protocol/fingerprint'
import {
  checkStrengths,
  MOST_LORAS,
  strengthAt,
  type LoraInput,
  type LoraReport,
  type LoraStrength,
} from '../../protocol/lora'
import { adaptFile, type AdaptedFile } from '../../weights/adapters/adapted-file'
import type { Adapter } from '../../weights/adapters/adapter'
import { readAdapter } from '../../weights/adapters/read'
import { adapterNote } from '../../weights/adapters/report'
import { openWeights } from '../../weights/formats/open'
import { blobSource } from '../../weights/sources/byte-source'
import type { WeightFile } from '../../weights/weight-file'
import { CAUSAL_ROLE } from './live-facts'
import type { ModelFiles } from './opened'

export interface ClipLora {
  readonly adapter: Adapter
  readonly strength: LoraStrength
  readonly fingerprint: string
  /** Of the files that it changes. */
  readonly roles: readonly string[]
}

/** Names of tensors in a report. */
const MOST_NAMES = 20
/** Files that stay open from clip to clip, as norms of a DoRA take long. */
const MOST_OPEN = 16

/**
 * The transformer, and its causal student where there is one; of two experts, by the name of the LoRA one of them, or
 * both.
 */
function rolesFor(name: string, { weights, later = {} }: ModelFiles): readonly string[] {
  if (CAUSAL_ROLE in weights || CAUSAL_ROLE in later) return ['dit', CAUSAL_ROLE]
  if (!weights['ditLow']) return ['dit']
  const isFor = (word: string): boolean => new RegExp(`(^|[^a-z])${word}([^a-z]|$)`, 'i').test(name)
  if (isFor('high') === isFor('low')) return ['dit', 'ditLow']
  return isFor('high') ? ['dit'] : ['ditLow']
}

/** Whether a file of before is still on the disk. */
function isReadable(file: Blob): Promise<boolean> {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    )
}

/** Opens LoRAs for one model. */
export class LoraOpener {
  private readonly known = new Map<string, { readonly file: Blob; readonly adapter: Promise<Adapter> }>()

  constructor(private readonly files: ModelFiles) {}

  /**
   * @throws WeightsError where a file is none, is damaged, or was trained for another model; ZoetropeError where a
   *   strength is none
   */
  async open(inputs: readonly LoraInput[] = []): Promise<ClipLora[]> {
    if (inputs.length > MOST_LORAS)
      throw new ZoetropeError(
        'invalid-settings',
        `${inputs.length} LoRAs were given; at most ${MOST_LORAS} can be used at once.`,
      )
    const loras: ClipLora[] = []
    for (const { file, strength = 1 } of inputs) {
      const checked = checkStrengths(file.name, strength)
      const fingerprint = await fingerprintOf(file.file)
      const roles = rolesFor(file.name, this.files)
      loras.push({ adapter: await this.adapter(file, fingerprint), strength: checked, fingerprint, roles })
    }
    return loras
  }

  private async adapter(file: LoraInput['file'], fingerprint: string): Promise<Adapter> {
    const key = `${fingerprint} ${file.name}`
    const found = this.known.get(key)
    const known = found && (await isReadable(found.file)) ? found : undefined
    const entry = known ?? { file: file.file, adapter: this.read(file) }
    entry.adapter.catch(() => this.known.delete(key))
    this.known.delete(key)
    this.known.set(key, entry)
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST_OPEN) break
      this.known.delete(oldest)
    }
    return entry.adapter
  }

  private async read({ name, file }: LoraInput['file']): Promise<Adapter> {
    const { networks, weights, manifest } = this.files
    const base = networks.adapterBase?.(weights)
    if (!base)
      throw new ZoetropeError(
        'invalid-settings',
        `${name} cannot be used: ${manifest.name} takes no LoRAs. Leave it out, or choose a Wan model.`,
      )
    const { file: opened } = await openWeights(blobSource(name, file))
    return readAdapter(opened, base)
  }
}

export function loraReport({ adapter, strength, fingerprint }: ClipLora): LoraReport {
  const { file, layers, unused } = adapter
  const more = unused.length - MOST_NAMES
  const leftOut = more > 1 ? [...unused.slice(0, MOST_NAMES), `and ${more} more`] : [...unused]
  return { file: file.name, strength, fingerprint, applied: layers.applied, of: layers.of, leftOut }
}

export function loraNotes(loras: readonly ClipLora[]): string[] {
  return loras.map(({ adapter, strength }) => adapterNote(adapter, strength))
}

/** The largest of a LoRA's strengths: with it a plan has all memory that any step needs. */
function strongest(strength: LoraStrength): number {
  return typeof strength === 'number' ? strength : Math.max(...strength.map(Math.abs))
}

/** LoRAs over the weights of a model, with the strengths of one step. */
export class LoraOverlay {
  /** By role. */
  private readonly adapted = new Map<string, AdaptedFile>()
  private step: number | undefined

  /** @param step from 0; without one every LoRA is there that any step has, to plan memory */
  constructor(
    private readonly loras: readonly ClipLora[],
    step?: number,
  ) {
    this.step = step
  }

  /** Goes to another step. Returns whether a strength changes: then the denoiser is to be opened again. */
  moveTo(step: number): boolean {
    const changes =
      this.step !== undefined &&
      this.loras.some(({ strength }) => strengthAt(strength, this.step!) !== strengthAt(strength, step))
    if (this.step === undefined || !changes) return false
    this.step = step
    this.adapted.clear()
    return true
  }

  /** Loads the file of a role, with the LoRAs where they belong. @param make of a file, or what only counts */
  loader(
    role: string,
    file: WeightFile,
    make: (file: WeightFile) => WeightLoader,
    options: { readonly isDry?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): WeightLoader {
    const loras = this.loras.filter(({ roles }) => roles.includes(role))
    if (loras.length === 0) return make(file)
    const applied = loras.map(({ adapter, strength }) => ({
      adapter,
      strength: this.step === undefined ? strongest(strength) : strengthAt(strength, this.step),
    }))
    const adapted = this.adapted.get(role) ?? adaptFile(file, applied)
    this.adapted.set(role, adapted)
    return adaptedLoader(make(adapted.file), adapted, options)
  }
}
