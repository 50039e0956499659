// tokens[l, ((c·pt + a)·ph + b)·pw + e] = latents[c, t·pt + a, h·ph + b, w·pw + e], l = (t·gh + h)·gw + w
// latents [C, T, H, W] f32 -> tokens [L, C·pt·ph·pw] scalar, L = gt·gh·gw
// One invocation copies one element: grid (ceil(L·C·pt·ph·pw / INVOCATIONS), 1, 1).
// T, H, W are multiples of the patch (pt, ph, pw); the grid of patches is (gt, gh, gw).
// Reference: test/reference/patchify.ts
//! given scalar, INVOCATIONS
#import elementwise/patch_index.wgsl

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  channels: u32,
  patch_t: u32,
  patch_h: u32,
  patch_w: u32,
  grid_t: u32,
  grid_h: u32,
  grid_w: u32,
}

@group(0) @binding(0) var<storage, read> latents: array<f32>;
@group(0) @binding(1) var<storage, read_write> tokens: array<scalar>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.count) {
    return;
  }
  let volume = params.patch_t * params.patch_h * params.patch_w;
  let within = at % (params.channels * volume);
  tokens[at] = scalar(latents[latent_index(within / volume, at / (params.channels * volume), within % volume)]);
}
