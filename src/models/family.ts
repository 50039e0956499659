// Families of models as the engine uses them: config, geometry, and three networks.
import type { Size3 } from '../gpu/kernels/patchify'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { SizeUnits } from '../protocol/limits'
import type { Upscale } from '../protocol/settings'
import type { AdapterBase } from '../weights/adapters/adapter'
import type { CheckedJson } from '../weights/sources/checked-json'
import type { WeightFormat } from '../weights/quant/pack'
import type { WeightFile } from '../weights/weight-file'
import type { Control, ControlFrames } from './control'
import type { KvCache, KvWindow } from './blocks/kv-cache'
import type { WeightLoader } from './blocks/weight-loader'

/** A family of models: networks of one architecture, whatever their sizes. */
export interface Family {
  /** As in a manifest's `family`. */
  readonly id: string
  /** The weight files that a model of the family has, by role. */
  readonly roles: readonly string[]
  /** Optional files, which only some clips need. */
  readonly optionalRoles?: readonly string[]
  readonly tokenizer: TokenizerFiles
  /** Configures the networks by a manifest's `config`. @throws WeightsError naming the number */
  configure(config: CheckedJson): Networks
  /**
   * Configures the networks by the shapes of their tensors; undefined where the files belong to another family.
   * @param title of the set of files, for errors. @throws WeightsError where the files do not belong together
   */
  recognise(weights: Weights, title: string): Networks | undefined
}

/** The weight files of a model, by role. */
export type Weights = Readonly<Record<string, WeightFile>>

/** The relation of a clip to its latents: the only place for these numbers. */
export interface Geometry {
  /** Channels of the latents. */
  readonly channels: number
  /** Video frames and pixels for each element of the latents; the first latent frame is one video frame. */
  readonly stride: { readonly frames: number; readonly height: number; readonly width: number }
  /** Latent frames, rows and columns of a token. */
  readonly patch: Size3
}

/** The configured networks of one model, whose weights are not loaded. */
export interface Networks {
  readonly geometry: Geometry
  /** The longest prompt, in tokens, and the width of an encoded token. */
  readonly maxTokens: number
  readonly textDim: number
  /** Steps that the encoding of a prompt reports. */
  readonly textSteps: number
  openText(at: Loading): Promise<TextModel>
  /** @param role of the file of its weights; unless given `dit`, or both files of a model of two experts */
  openDenoiser(at: Loading, role?: string): Promise<Denoiser>
  openDecoder(at: Loading): Promise<Decoder<unknown>>
  /**
   * Numbers of spatial tiles, rising, that the decoder can cut latents of this size into, where whole frames do not
   * fit.
   */
  tileCounts?(latents: { readonly height: number; readonly width: number }): readonly number[]
  /** For models that take pictures: what becomes of them. Then there is an encoder too. */
  readonly pictures?: PictureUse
  openEncoder?(at: Loading): Promise<ClipEncoder>
  /** For models with a causal denoiser: the one that makes a film chunk by chunk. */
  openFilmDenoiser?(at: Loading): Promise<FilmDenoiser>
  /** For models that take a control: encodes it for `Conditioning.control`, the references' frames first. */
  encodeControl?(ops: Ops, encoder: ClipEncoder, frames: ControlFrames, signal?: AbortSignal): Promise<Tensor>
  /** For models that attend to the features of pictures. */
  openVision?(at: Loading): Promise<VisionEncoder>
  /** Encodes the first frame of a film, where the files have an encoder. */
  openFilmEncoder?(at: Loading): Promise<ClipEncoder>
  /** A small decoder of the same latents, where the model's files have one. */
  openTinyDecoder?(at: Loading): Promise<TinyDecoder<unknown>>
  /** The upscaler of its frames, if the model's files have one. */
  openUpscaler?(at: Loading): Promise<Upscaler>
  /** The factors by which it can enlarge them, along either side, including 1. */
  readonly upscales?: readonly Upscale[]
  /**
   * For models of two experts: the timestep, of 1000, below which the second one predicts; it may have a guidance of its
   * own.
   */
  readonly boundary?: number
  /** The scale of the autoencoder's own latents, for a decoder that was trained on those. */
  readonly latentScale?: LatentScale
  /** The denoiser's file as LoRAs change it; of models that take LoRAs. */
  adapterBase?(weights: Weights): AdapterBase
  /** Format of the denoiser's matrices on the GPU where `asked` is requested: quantised ones keep their own. */
  matrixFormat(weights: Weights, asked: WeightFormat): WeightFormat
}

/** Formats of the weights on the GPU. */
export interface Residency {
  /** Format of the text encoder's matrices; two layers are on the GPU at a time. */
  readonly text: 'f32' | 'q8' | 'q4'
  /** Format of the denoiser's matrices that are not quantised in the file. */
  readonly weights: WeightFormat
  /** Whether the denoiser's blocks are read again in every pass, two at a time, or stay. */
  readonly streamed: boolean
  /** Spatial tiles of the decoder, each a pass through the whole clip; whole frames unless given. */
  readonly tiles?: number
}

/** The context in which a network is opened: a device, or a dry run that only counts. */
export interface Loading {
  readonly ops: Ops
  /** Absent in a dry run. onnxruntime works on the device itself. */
  readonly device?: GPUDevice
  readonly weights: Weights
  readonly residency: Residency
  /** Tokens of the longest prompt. */
  readonly tokens: number
  /** Whether the network is opened beside others that stay on the GPU, and takes less memory and more time. */
  readonly isLean?: boolean
  /** Loads the weights of a role onto `ops`, or only counts them in a dry run; matrices in `format`, f16 by default. */
  loader(role: string, format?: WeightFormat): WeightLoader
  readonly signal?: AbortSignal
  /** Called when a network reads weights later than it is opened, once they are there. */
  onLoaded?(): void
}

/** A manifest's JSON files for the tokenizer. */
export interface TokenizerFiles {
  readonly roles: readonly string[]
  /** @param documents parsed, by role @throws WeightsError */
  open(documents: Readonly<Record<string, unknown>>): Promise<Tokenizer>
}

/** Cuts a prompt into tokens. */
export interface Tokenizer {
  /**
   * The ids of a prompt, cleaned as by the model's authors; the last is always eos, even for an empty prompt and for
   * one `truncated` to `maxTokens`.
   */
  encode(prompt: string, maxTokens: number): { ids: number[]; truncated: boolean }
}

export interface TextEvents {
  /** Called after each of `textSteps` that the GPU has finished. */
  onStep?(done: number): void
  /** Called at the end with the most bytes of GPU buffers that existed at once. */
  onBytes?(bytes: number): void
}

export interface TextModel {
  /** The context [n, dim] of n tokens. */
  encode(ids: readonly number[], events?: TextEvents): Promise<Float32Array<ArrayBuffer>>
  release(): void
}

/** What a clip is conditioned on. */
export interface Conditioning {
  /** The text model's context, [n, dim]. */
  readonly text: Float32Array
  /** For models that attend to pictures: their features [n, imageDim], one picture after the other. */
  readonly features?: Float32Array<ArrayBuffer>
  /**
   * For models that read more channels than they give: the others [K, T, H, W] f32. They stay the caller's, and last
   * as long as what is prepared.
   */
  readonly channels?: Tensor
  /** For models with side blocks. */
  readonly control?: Control
}

/** A conditioning on the GPU in the form that passes use, such as the prompt's keys and values. */
export interface Prepared {
  release(): void
}

/** The timesteps of one pass. */
export interface Timesteps {
  /** 0 … 1000, with fractions in the few-step recipes. */
  readonly values: readonly number[]
  /**
   * Assigns values to tokens: the first to all where this is absent; one to each latent frame, in order; or, for each
   * token of the pass, the index of its value.
   */
  readonly rowOf?: 'frame' | Uint32Array<ArrayBuffer>
}

export interface Denoiser<P extends Prepared = Prepared> {
  prepare(given: Conditioning): Promise<P>
  /**
   * Predicts the velocity [C, T, H, W] f32 at latents `x` of that shape, which the caller releases; recorded, and run
   * at the next drain.
   */
  velocity(x: Tensor, time: Timesteps, given: P): Promise<Tensor>
  /**
   * Opens an empty cache for a film of latents [C, ·, H, W]; the caller's to release. Of models that can make a film.
   */
  openCache?(latents: readonly number[], window: KvWindow): KvCache
  /**
   * The velocity at frames `first` … of a film, which attend to those in the cache and to each other. Puts their keys
   * and values there, takes the cache over and gives the next one.
   * @param keepSink leaves the frames that the cache's sink holds as they are, for a pass that recomputes the others
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

/** A denoiser that can make a film. */
export type FilmDenoiser = Required<Denoiser>

/** Makes latents of pictures and clips. */
export interface ClipEncoder {
  /** `numFrames` frames [H, W, 3] in [−1, 1], which it releases, → normalised latents [C, T, h, w] f32. */
  encode(
    frames: Iterable<Tensor> | AsyncIterable<Tensor>,
    numFrames: number,
    signal?: AbortSignal,
  ): Promise<Tensor>
  release(): void
}

/** How a model takes the pictures that a clip has. */
export interface PictureUse {
  /**
   * `held`: the picture is the first latent frame. `channels`: beside the noise, the model reads the latents of a clip
   * that has the pictures and is grey elsewhere.
   */
  readonly as: 'held' | 'channels'
  /** How a picture is brought to the video's size: cropped, or stretched where the shapes are nearly the same. */
  readonly fit: 'cover' | 'stretch'
  /** Whether the model was trained for a last frame too. */
  readonly takesLast: boolean
  /** Whether it needs a picture: it makes nothing from text alone. */
  readonly isNeeded: boolean
  /** For models that attend to features. */
  readonly features?: FeatureShape
}

/** The features of the pictures of a clip. */
export interface FeatureShape {
  /** Pixels along each side of the square from which they are made. */
  readonly side: number
  /** Features of one picture, and numbers in each. */
  readonly count: number
  readonly width: number
  /** Pictures that are seen: the first frame, or the last one too. */
  readonly pictures: 1 | 2
}

/** Makes the features of pictures. */
export interface VisionEncoder {
  /** A square [side, side, 3] in [−1, 1] → [count, width]. */
  encode(square: () => Float32Array<ArrayBuffer>, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>>
  release(): void
}

/** Decodes latents frame by frame. A state is a structure of tensors. */
export interface Decoder<State> {
  readonly start: State
  /**
   * How often it goes through the clip: the frames come in the last pass, and `t` counts on through all. Once unless
   * given.
   */
  readonly passes?: number
  /**
   * Decodes latent frame `t` of normalised latents [C, T, H, W] to its video frames [H', W', 3] in [−1, 1], and the
   * next state. Takes over `state`, not `latents`.
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

/** Enlarges decoded frames, one by one. */
export interface Upscaler {
  /** The most pixels that a pixel can become, along either side. */
  readonly factor: number
  /**
   * [H, W, 3] in [−1, 1] → [scale H, scale W, 3]; the frame stays the caller's.
   * @param scale a divisor of the factor. @throws RangeError where it is none
   */
  upscale(frame: Tensor, scale: number): Tensor
  release(): void
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

/** The latents' shape [C, T, H, W] of a clip. @throws RangeError where the size does not suit the geometry */
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
    `A clip of ${width}×${height} with ${numFrames} frames does not fit whole latents; sides are multiples of ${stride.width} and ${stride.height}, frames 1 more than a multiple of ${stride.frames}.`,
  )
}
