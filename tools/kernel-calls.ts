// Every text that the kernels' wrappers can ask for, found by calling them: on ops that only note what is run, with
// every variant, storage type, weight format and width. What is printed and what is tested is what is compiled.
import { absoluteChange } from '../src/gpu/kernels/absolute_change'
import { addTo } from '../src/gpu/kernels/add'
import { attention } from '../src/gpu/kernels/attention'
import { causalConv3d, uploadConv, type ConvShape } from '../src/gpu/kernels/causal_conv3d'
import { channelRmsNorm } from '../src/gpu/kernels/channel_rms_norm'
import { depthwiseConv } from '../src/gpu/kernels/depthwise_conv'
import { cropFrame } from '../src/gpu/kernels/copy_window'
import { downsampleShortcut } from '../src/gpu/kernels/downsample_shortcut'
import { frameToPatches } from '../src/gpu/kernels/frame_to_patches'
import { frameToLatents } from '../src/gpu/kernels/frame_to_latents'
import { frameToRgba } from '../src/gpu/kernels/frame_to_rgba'
import { frameToI420 } from '../src/gpu/kernels/frame_to_i420'
import { latentsToFrame } from '../src/gpu/kernels/latents_to_frame'
import { layerNorm } from '../src/gpu/kernels/layer_norm_modulate'
import { linear } from '../src/gpu/kernels/linear'
import { linearCombination } from '../src/gpu/kernels/linear_combination'
import { linearQkv } from '../src/gpu/kernels/linear_qkv'
import { addLinear } from '../src/gpu/kernels/linear_residual'
import { addProduct } from '../src/gpu/kernels/linear_side'
import { patchesToFrame } from '../src/gpu/kernels/patches_to_frame'
import { patchify } from '../src/gpu/kernels/patchify'
import { pixelShuffle } from '../src/gpu/kernels/pixel_shuffle'
import { pixelUnshuffle } from '../src/gpu/kernels/pixel_unshuffle'
import { placeLatents } from '../src/gpu/kernels/place_latents'
import { quantiseHeads } from '../src/gpu/kernels/quantise_heads'
import { restoreHeads } from '../src/gpu/kernels/restore_heads'
import { rmsNorm } from '../src/gpu/kernels/rms_norm'
import { rmsNormRope } from '../src/gpu/kernels/rms_norm_rope'
import { rope } from '../src/gpu/kernels/rope'
import { silu } from '../src/gpu/kernels/silu'
import { softClamp } from '../src/gpu/kernels/soft_clamp'
import { unpatchify } from '../src/gpu/kernels/unpatchify'
import { upsampleShortcut } from '../src/gpu/kernels/upsample_shortcut'
import { MATRIX_SHAPES } from '../src/gpu/matrix-units'
import { reserveLinear, type LinearWeight } from '../src/gpu/matrix'
import { dryOps, type Ops } from '../src/gpu/ops'
import { composeShader, type Given } from '../src/gpu/shader-source'
import type { DType, Tensor } from '../src/gpu/tensor'
import { strideOf, type WeightFormat } from '../src/weights/quant/pack'
import { FAMILIES, runnableVariants, type Variants } from '../src/gpu/variants'

/** A shader as a wrapper asks for it. */
export interface KernelCall {
  readonly stem: string
  /** The chosen variant of its family; another may have taken the call, where it does not fit. */
  readonly variant: string | undefined
  readonly slots: Readonly<Record<string, string>>
  readonly given: Given
}

const STORAGES = ['f32', 'f16'] as const
const FORMATS = ['q8', 'q4', 'f16'] as const

interface Example {
  /** Unless given, ops with large bindings. */
  readonly maxBindingBytes?: number
  readonly activations?: Ops['activations']
  run(ops: Ops): unknown
}

function tensor(ops: Ops, shape: readonly number[], dtype: DType = ops.storage): Tensor {
  return ops.create(shape, dtype, 'example')
}

/** A matrix of 12 rows. */
function matrix(ops: Ops, cols: number, format: (typeof FORMATS)[number]): LinearWeight {
  return reserveLinear(ops, { rows: 12, cols, format, stride: strideOf(cols) }, 'w')
}

/** Products of 5 tokens with a matrix [12, cols], of each format, from and to each type. */
function products(): Example[] {
  const each = (run: (ops: Ops, x: Tensor, cols: number, format: WeightFormat) => unknown) =>
    FORMATS.flatMap((format) =>
      [32, 31].flatMap((cols) =>
        STORAGES.flatMap((dtype) =>
          (['float', 'int8'] as const).map((activations): Example => ({
            activations,
            run: (ops) =>
              run(ops, tensor(ops, [5, cols], ops.storage === 'f16' ? dtype : 'f32'), cols, format),
          })),
        ),
      ),
    )
  return [
    ...STORAGES.flatMap((dtype) =>
      each((ops, x, cols, format) =>
        linear(ops, x, matrix(ops, cols, format), 'y', {
          dtype: ops.storage === 'f16' ? dtype : 'f32',
        }),
      ),
    ),
    ...each((ops, x, cols, format) => linearQkv(ops, x, [matrix(ops, cols, format)], 'y')),
    ...each((ops, x, cols, format) =>
      addLinear(ops, tensor(ops, [5, 12], 'f32'), x, matrix(ops, cols, format)),
    ),
    ...STORAGES.flatMap((dtype) =>
      each((ops, x, cols, format) => {
        const y = tensor(ops, [5, 12], ops.storage === 'f16' ? dtype : 'f32')
        addProduct(ops, y, x, matrix(ops, cols, format), { factor: 1 })
      }),
    ),
  ]
}

/** Heads of several widths, keys in one binding and in two, queries with and without a norm. */
function attentions(): Example[] {
  return [128, 384, 15].flatMap((width) =>
    [false, true].flatMap((isNormed) =>
      [1, 2].map((parts): Example => ({
        ...(parts === 2 && { maxBindingBytes: 256 * 4 * width }),
        run(ops) {
          const [q, k, v] = [32, 300, 300].map((length) => tensor(ops, [length, width])) as [
            Tensor,
            Tensor,
            Tensor,
          ]
          const options = { numHeads: 1, ...(isNormed && { normQueries: { eps: 1e-6 } }) }
          return attention(ops, q, k, v, options, 'y')
        },
      })),
    ),
  )
}

const CUBE = { kernelT: 3, kernelHW: 3 } as const

/** Each width of a tile, each window, and channels that suit and that do not suit the other loops. */
const CONVOLUTIONS: readonly ConvShape[] = [
  ...[96, 128, 16, 8].map((outChannels) => ({ inChannels: 32, outChannels, ...CUBE })),
  { inChannels: 5, outChannels: 8, ...CUBE },
  { inChannels: 32, outChannels: 96, kernelT: 1, kernelHW: 3, stride: 2 },
  ...[128, 96, 16].map((outChannels) => ({ inChannels: 32, outChannels, kernelT: 1, kernelHW: 1 }) as const),
]

function convolutions(): Example[] {
  return CONVOLUTIONS.map((shape) => ({
    run(ops) {
      const { inChannels: C, outChannels: N, kernelT, kernelHW } = shape
      const w = uploadConv(
        ops,
        new Float32Array(N * C * kernelT * kernelHW ** 2),
        new Float32Array(N),
        shape,
        'w',
      )
      return causalConv3d(ops, w, [], tensor(ops, [8, 8, C]), undefined, 'y')
    },
  }))
}

function others(): Example[] {
  const runs: Example['run'][] = [
    (ops) => absoluteChange(ops, tensor(ops, [9], 'f32'), tensor(ops, [9], 'f32')),
    (ops) => addTo(ops, tensor(ops, [9]), tensor(ops, [9])),
    (ops) => channelRmsNorm(ops, tensor(ops, [2, 2, 16]), tensor(ops, [16], 'f32'), { silu: true }, 'y'),
    (ops) => channelRmsNorm(ops, tensor(ops, [2, 2, 96]), tensor(ops, [96], 'f32'), { silu: true }, 'y'),
    (ops) => depthwiseConv(ops, tensor(ops, [3, 3, 8], 'f32'), tensor(ops, [2, 2, 4]), undefined, 'y'),
    (ops) => cropFrame(ops, tensor(ops, [2, 2, 3]), { top: 0, left: 1, height: 2, width: 1 }, 'y'),
    (ops) => downsampleShortcut(ops, tensor(ops, [2, 2, 4]), 8, { time: 2, space: 2, i: 0 }, 'y'),
    (ops) => frameToPatches(ops, tensor(ops, [2, 2, 3]), 2, 'y'),
    (ops) =>
      frameToLatents(ops, tensor(ops, [2, 2, 4]), statistics(ops), tensor(ops, [4, 1, 2, 2], 'f32'), 0),
    (ops) => frameToI420(ops, tensor(ops, [2, 2, 3]), 'y'),
    (ops) => frameToRgba(ops, tensor(ops, [2, 2, 3]), 'y'),
    (ops) => latentsToFrame(ops, tensor(ops, [4, 1, 2, 2], 'f32'), statistics(ops), 0, 'y'),
    (ops) => layerNorm(ops, tensor(ops, [3, 8], 'f32'), tensor(ops, [2, 8], 'f32'), 1e-6, 'y'),
    (ops) => linearCombination(ops, [{ tensor: tensor(ops, [9], 'f32'), coefficient: 1 }], 'y'),
    (ops) => patchesToFrame(ops, tensor(ops, [1, 1, 12]), 2, 'y'),
    (ops) => placeLatents(ops, tensor(ops, [4, 1, 2, 2], 'f32'), tensor(ops, [4, 2, 2, 2], 'f32')),
    (ops) => patchify(ops, tensor(ops, [4, 1, 2, 2], 'f32'), [1, 2, 2], 'y'),
    (ops) => pixelShuffle(ops, tensor(ops, [2, 2, 12]), 2, 'y'),
    (ops) => pixelUnshuffle(ops, tensor(ops, [4, 4, 3]), 2, { scale: 1, offset: 0 }, 'y'),
    (ops) => rmsNorm(ops, tensor(ops, [3, 8]), tensor(ops, [8], 'f32'), 1e-6),
    (ops) => {
      const weights = { normQ: tensor(ops, [8], 'f32'), normK: tensor(ops, [8], 'f32') }
      rmsNormRope(
        ops,
        tensor(ops, [3, 8]),
        tensor(ops, [3, 8]),
        weights,
        4,
        tensor(ops, [3, 2, 2], 'f32'),
        1e-6,
      )
    },
    (ops) => {
      const cached = { codes: tensor(ops, [8, 2], 'u32'), scales: tensor(ops, [8, 2], 'f32') }
      quantiseHeads(ops, tensor(ops, [3, 8]), cached, { from: 0, to: 2, count: 3 })
      restoreHeads(ops, cached, 5, 'y')
    },
    (ops) => rope(ops, tensor(ops, [3, 8]), 4, tensor(ops, [3, 2, 2], 'f32'), 'y'),
    (ops) => silu(ops, tensor(ops, [9], 'f32'), 'y'),
    (ops) => softClamp(ops, tensor(ops, [9]), 3, 'y'),
    (ops) =>
      upsampleShortcut(ops, tensor(ops, [1, 1, 8]), tensor(ops, [2, 2, 4]), { time: 1, space: 2, i: 0 }),
    (ops) => unpatchify(ops, tensor(ops, [1, 16], 'f32'), 4, [1, 2, 2], [1, 1, 1], 'y'),
  ]
  return runs.map((run) => ({ run }))
}

function statistics(ops: Ops) {
  return { mean: tensor(ops, [4], 'f32'), std: tensor(ops, [4], 'f32') }
}

/** Choices in which every variant that runs on that type of activations comes up; the first has each family's first. */
function choices(storage: (typeof STORAGES)[number]): Variants[] {
  const device = { features: new Set(['subgroups']), storage, subgroupSize: 8 }
  const names = FAMILIES.map((family) => [
    ...new Set(MATRIX_SHAPES.flatMap((matrixShape) => runnableVariants(family, { ...device, matrixShape }))),
  ])
  const count = Math.max(...names.map(({ length }) => length))
  return Array.from({ length: count }, (_, i) => {
    const chosen = FAMILIES.map((family, f) => [family, names[f]![i % names[f]!.length]])
    return Object.fromEntries(chosen) as Variants
  })
}

/** Each text once, with the first choice that leads to it. */
export function kernelCalls(): KernelCall[] {
  const found = new Map<string, KernelCall>()
  const examples = [...products(), ...attentions(), ...convolutions(), ...others()]
  for (const storage of STORAGES) {
    for (const variants of choices(storage)) {
      const note: Ops['run'] = ({ stem, family }, { slots = {}, given = {} }) => {
        const call = {
          stem,
          variant: family && variants[family],
          slots,
          given: { scalar: storage, ...given },
        }
        const text = composeShader(stem, slots, call.given)
        if (!found.has(text)) found.set(text, call)
      }
      for (const { run, maxBindingBytes = Infinity, activations = 'float' } of examples)
        run({ ...dryOps(storage, maxBindingBytes), variants, activations, run: note })
    }
  }
  return [...found.values()]
}
