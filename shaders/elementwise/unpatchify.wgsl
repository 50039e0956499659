// velocity[c, t·pt + a, h·ph + b, w·pw + e] = tokens[l, ((a·ph + b)·pw + e)·C + c], l = (t·gh + h)·gw + w
// tokens [L, pt·ph·pw·C] f32 -> velocity [C, T, H, W] f32, L = gt·gh·gw
// One invocation copies one element: grid (ceil(L·C·pt·ph·pw / INVOCATIONS), 1, 1).
// The order within a token is not that of patchify: here the channel is fastest.
// Reference: test/reference/patchify.ts
//! given INVOCATIONS
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

@group(0) @binding(0) var<storage, read> tokens: array<f32>;
@group(0) @binding(1) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.count) {
    return;
  }
  let size = params.channels * params.patch_t * params.patch_h * params.patch_w;
  let within = at % size;
  velocity[latent_index(within % params.channels, at / size, within / params.channels)] = tokens[at];
}
