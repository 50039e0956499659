// frame[p, c] = latents[c, t, p] * deviation[c] + mean[c]
// latents [C, T, H, W] f32, deviation and mean [C] f32 -> frame [H, W, C] scalar; pixels p = H W.
// One workgroup writes INVOCATIONS elements of the frame: grid (ceil(H W C / INVOCATIONS), 1, 1).
// t is below T.
// Reference: test/reference/latents_to_frame.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  channels: u32,
  frames: u32,
  pixels: u32,
  t: u32,
}

@group(0) @binding(0) var<storage, read> latents: array<f32>;
@group(0) @binding(1) var<storage, read> deviation: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> frame: array<scalar>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (i >= params.pixels * params.channels) {
    return;
  }
  let c = i % params.channels;
  let at = (c * params.frames + params.t) * params.pixels + i / params.channels;
  frame[i] = scalar(latents[at] * deviation[c] + mean[c]);
}
