// What a family of models is to the engine: how its numbers are read, its geometry, and its three networks.
import type { Size3 } from '../gpu/kernels/patchify'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { SizeUnits } from '../protocol/limits'
import type { CheckedJson } from '../weights/sources/checked-json'
import type { WeightFormat } from '../weights/quant/pack'
import type { WeightFile } from '../weights/weight-file'
import type { KvCache, KvWindow } from './blocks/kv-cache'
import type { WeightLoader } from './blocks/weight-loader'

/** A family of models: networks of one architecture, whatever their sizes. */
export interface Family {
  /** As in a manifest's `family`. */
  readonly id: string
  /** The weight files that a model of the family has, by role. */
  readonly roles: readonly string[]
  readonly tokenizer: TokenizerFiles
  /** The networks with the numbers of a manifest's `config`. @throws WeightsError naming the number */
  configure(config: CheckedJson): Networks
  /**
   * The networks with the numbers that the shapes of their tensors give; nothing where the files are another family's.
   * @param title of the set of files, for errors. @throws WeightsError where the files do not belong together
   */
  recognise(weights: Weights, title: string): Networks | undefined
}

/** The weight files of a model, by role. */
export type Weights = Readonly<Record<string, WeightFile>>

/** How a clip relates to its latents: the only home of these numbers. */
export interface Geometry {
  /** Of the latents. */
  readonly channels: number
  /** Video frames and pixels that one element of the latents stands for; the first latent frame stands for one frame. */
  readonly stride: { readonly frames: number; readonly height: number; readonly width: number }
  /** Latent frames, rows and columns that one token stands for. */
  readonly patch: Size3
}

/** The networks of one model: their numbers are known, their weights are not loaded. */
export interface Networks {
  readonly geometry: Geometry
  /** The longest prompt, in tokens, and the width of an encoded token. */
  readonly maxTokens: number
  readonly textDim: number
  /** Steps that the encoding of a prompt reports. */
  readonly textSteps: number
  openText(at: Loading): Promise<TextModel>
  openDenoiser(at: Loading): Promise<Denoiser>
  openDecoder(at: Loading): Promise<Decoder<unknown>>
  /** A small decoder of the same latents, where the model's files have one. */
  openTinyDecoder?(at: Loading): Promise<TinyDecoder<unknown>>
  /** The scale of the autoencoder's own latents, for a decoder that was trained on those. */
  readonly latentScale?: LatentScale
  /** How the denoiser's matrices lie on the GPU where `asked` is asked for: what a file holds quantised keeps its format. */
  matrixFormat(weights: Weights, asked: WeightFormat): WeightFormat
}

/** How weights lie on the GPU. */
export interface Residency {
  /** Of the text encoder's matrices, a layer and the next one at a time. */
  readonly text: 'f32' | 'q8' | 'q4'
  /** Of the denoiser's matrices that the file does not hold quantised. */
  readonly weights: WeightFormat
  /** Whether the denoiser's blocks are read anew in every pass, two at a time, or stay. */
  readonly streamed: boolean
}

/** Where a network is opened: on a device, or in a dry run that only counts. */
export interface Loading {
  readonly ops: Ops
  /** Absent in a dry run. onnxruntime works on the device itself. */
  readonly device?: GPUDevice
  readonly weights: Weights
  readonly residency: Residency
  /** Tokens of the longest prompt. */
  readonly tokens: number
  /** The weights of a role, read onto `ops` or, in a dry run, only counted; matrices as `format`, f16 unless given. */
  loader(role: string, format?: WeightFormat): WeightLoader
  readonly signal?: AbortSignal
}

/** The JSON files of a manifest that make prompts into tokens. */
export interface TokenizerFiles {
  readonly roles: readonly string[]
  /** @param documents parsed, by role @throws WeightsError */
  open(documents: Readonly<Record<string, unknown>>): Promise<Tokenizer>
}

/** Cuts a prompt into tokens. */
export interface Tokenizer {
  /**
   * The ids of a prompt, cleaned as the model's authors do; the last is always eos, also of an empty prompt and where the
   * prompt was `truncated` to `maxTokens`.
   */
  encode(prompt: string, maxTokens: number): { ids: number[]; truncated: boolean }
}

export interface TextEvents {
  /** After each of `textSteps` that the GPU has finished. */
  onStep?(done: number): void
  /** At the end: the most bytes of GPU buffers that existed at once. */
  onBytes?(bytes: number): void
}

export interface TextModel {
  /** The context [n, dim] of n tokens. */
  encode(ids: readonly number[], events?: TextEvents): Promise<Float32Array<ArrayBuffer>>
  release(): void
}

/** What a clip is conditioned on. */
export interface Conditioning {
  /** [n, dim], as the text model gave it. */
  readonly text: Float32Array
}

/** A conditioning on the GPU, in the form that every pass takes it: the prompt's keys and values, say. */
export interface Prepared {
  release(): void
}

/** The timesteps of one pass. */
export interface Timesteps {
  /** 0 … 1000; as the few-step recipes have them, also fractions. */
  readonly values: readonly number[]
  /**
   * Which of the values a token has: all the first where this is absent; one a latent frame, in order; or, for each token of
   * the pass, the index of its value.
   */
  readonly rowOf?: 'frame' | Uint32Array<ArrayBuffer>
}

export interface Denoiser<P extends Prepared = Prepared> {
  prepare(given: Conditioning): Promise<P>
  /** The velocity [C, T, H, W] f32 at latents `x` of that shape, the caller's to release; recorded, and run at the next drain. */
  velocity(x: Tensor, time: Timesteps, given: P): Promise<Tensor>
  /** Opens an empty cache for a film of latents [C, ·, H, W]; the caller's to release. Of models that can make a film. */
  openCache?(latents: readonly number[], window: KvWindow): KvCache
  /**
   * The velocity at frames `first` … of a film, which attend to those in the cache and to each other. Puts their keys and
   * values there, takes the cache over and gives the next one.
   * @param keepSink leaves the frames that the cache's sink holds as they are: of a pass that makes the others anew
   */
  extend?(
    x: Tensor,
    time: Timesteps,
    given: P,
    past: KvCache,
    place: { readonly first: number; readonly keepSink?: boolean },
  ): Promise<readonly [Tensor, KvCache]>
  release(): Promise<void>
}

/** Decodes latents frame by frame. A state is a structure of tensors. */
export interface Decoder<State> {
  readonly start: State
  /**
   * Latent frame `t` of normalised latents [C, T, H, W] as its video frames [H', W', 3] in [−1, 1], and the next state. Takes
   * over `state`, not `latents`.
   */
  decode(latents: Tensor, t: number, state: State): readonly [frames: readonly Tensor[], State]
  release(): void
}

/** How latents of the autoencoder come from those of the model, for each channel: model · std + mean. */
export interface LatentScale {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

export interface DecodeOptions {
  /** Every video frame (the default), or for a preview the last of those that a latent frame becomes. */
  readonly everyFrame?: boolean
  /** At the video's size (the default), or for a preview at the latents', where the decoder can. */
  readonly fullSize?: boolean
}

/** A small decoder, whose weights also make previews. */
export interface TinyDecoder<State> extends Decoder<State> {
  /** The same weights with other options. One of the decoders that share them is to be released. */
  with(options: DecodeOptions): TinyDecoder<State>
}

/** What the geometry demands of a clip's size. */
export function sizeUnits({ stride, patch }: Geometry): SizeUnits {
  return {
    frames: stride.frames * patch[0],
    shortest: 1 + stride.frames * (patch[0] - 1),
    height: stride.height * patch[1],
    width: stride.width * patch[2],
  }
}

/** [C, T, H, W] of the latents of a clip. @throws RangeError where the size is none of the geometry's */
export function latentShape(
  { channels, stride }: Geometry,
  {
    width,
    height,
    numFrames,
  }: { readonly width: number; readonly height: number; readonly numFrames: number },
): readonly [number, number, number, number] {
  const shape = [
    channels,
    1 + (numFrames - 1) / stride.frames,
    height / stride.height,
    width / stride.width,
  ] as const
  if (shape.every(Number.isInteger)) return shape
  throw new RangeError(
    `A clip of ${width}×${height} with ${numFrames} frames has no whole latents; sides are multiples of ${stride.width} and ${stride.height}, frames 1 more than a multiple of ${stride.frames}.`,
  )
}
