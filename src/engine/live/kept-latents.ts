import { floatsOf } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import type { FilmLatents } from '../../protocol/live'
import { sha256Hex } from '../../weights/sources/sha256'
import { assertFinite } from '../finite'
import { FilmTail, type LiveClip } from './live-clip'

/** Keeps the latents of a film's chunks as they come: those that later frames attend to, and the hash of all. */
export class KeptLatents {
  private readonly tail: FilmTail
  private hash = ''
  private keeping: Promise<void> = Promise.resolve()
  private failure: unknown

  /** @param model its name, for errors */
  constructor(
    private readonly model: string,
    { window, before }: Pick<LiveClip, 'window' | 'before'>,
  ) {
    this.tail = new FilmTail(window, before)
  }

  add(first: number, latents: Tensor, bytes: Promise<Uint8Array<ArrayBuffer>>): void {
    this.keeping = this.keeping.then(async () => this.keep(first, latents, await bytes))
    this.keeping.catch((error: unknown) => (this.failure = error))
  }

  /** @throws why the latents of an earlier chunk cannot be kept */
  check(): void {
    if (this.failure) throw this.failure
  }

  /** Resolves once all are kept. @throws why they cannot be */
  settled(): Promise<void> {
    return this.keeping
  }

  get latents(): readonly FilmLatents[] {
    return this.tail.latents
  }

  get sha256(): string {
    return this.hash
  }

  private async keep(first: number, latents: Tensor, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const values = floatsOf(latents, bytes)
    const shape = [dim(latents, 0), dim(latents, 1), dim(latents, 2), dim(latents, 3)] as const
    const what = `The latents from frame ${first} on`
    assertFinite(values, { what, model: this.model, shape, axes: 'CTHW' })
    this.tail.add({ first, shape, values })
    const own = await sha256Hex(bytes)
    this.hash = this.hash === '' ? own : await sha256Hex(new TextEncoder().encode(this.hash + own))
  }
}
