import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'patchify',
  bindings: ['latents', 'tokens'],
  params: {
    count: 'u32',
    channels: 'u32',
    patch_t: 'u32',
    patch_h: 'u32',
    patch_w: 'u32',
    grid_t: 'u32',
    grid_h: 'u32',
    grid_w: 'u32',
  },
})

/** Time, height, width. */
export type Size3 = readonly [number, number, number]

/** How many patches fill latents [C, T, H, W]. @throws RangeError when they do not divide. */
export function patchGrid(latents: Tensor, [pt, ph, pw]: Size3): Size3 {
  const [T, H, W] = [dim(latents, 1), dim(latents, 2), dim(latents, 3)]
  if (T % pt !== 0 || H % ph !== 0 || W % pw !== 0) {
    throw new RangeError(
      `${latents.label} [${latents.shape.join(', ')}] does not divide into patches of ${pt} × ${ph} × ${pw}.`,
    )
  }
  return [T / pt, H / ph, W / pw]
}

/** The uniform parameters that patchify and unpatchify share. */
export function patchParams(channels: number, [pt, ph, pw]: Size3, [gt, gh, gw]: Size3) {
  return {
    count: channels * pt * ph * pw * gt * gh * gw,
    channels,
    patch_t: pt,
    patch_h: ph,
    patch_w: pw,
    grid_t: gt,
    grid_h: gh,
    grid_w: gw,
  }
}

/** latents [C, T, H, W] f32 → tokens [L, C·pt·ph·pw], tokens in the order t, h, w. */
export function patchify(ops: Ops, latents: Tensor, patchSize: Size3, label: string): Tensor {
  const params = patchParams(dim(latents, 0), patchSize, patchGrid(latents, patchSize))
  const L = params.grid_t * params.grid_h * params.grid_w
  const tokens = ops.create([L, params.count / L], ops.storage, label)
  ops.run(kernel, {
    tensors: { latents, tokens },
    params,
    ...elementGrid(params.count),
    flops: 8 * params.count,
  })
  return tokens
}
