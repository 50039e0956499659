// latents[c, t, p] = (frame[p, c] - mean[c]) / deviation[c]
// frame [H, W, K] scalar, its first C channels; mean and deviation [C] f32 -> latents [C, T, H, W] f32, frame t of them; pixels p = H W.
// One workgroup writes INVOCATIONS elements of the latents: grid (ceil(H W C / INVOCATIONS), 1, 1).
// t is below T, C is at most K.
// Reference: test/reference/frame_to_latents.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  frame_channels: u32,
  channels: u32,
  frames: u32,
  pixels: u32,
  t: u32,
}

@group(0) @binding(0) var<storage, read> frame: array<scalar>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> deviation: array<f32>;
@group(0) @binding(3) var<storage, read_write> latents: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (i >= params.pixels * params.channels) {
    return;
  }
  let c = i / params.pixels;
  let pixel = i % params.pixels;
  latents[(c * params.frames + params.t) * params.pixels + pixel] = (f32(frame[pixel * params.frame_channels + c]) - mean[c]) / deviation[c];
}
