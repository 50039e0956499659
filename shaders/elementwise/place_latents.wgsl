// y[first_channel + c, first_frame + t, p] = x[c, skipped + t, p]
// x [C, Tx, H, W] f32, T frames of it -> y [C', T', H, W] f32, a part of it; pixels p = H W.
// One invocation copies one element: grid (ceil(C T H W / INVOCATIONS), 1, 1).
// The channels and copied frames of x fit into y's; skipped + T is at most Tx.
// Reference: the formula itself, in test/kernels/place_latents.test.ts
//! given INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  frames: u32,
  x_frames: u32,
  skipped: u32,
  y_frames: u32,
  pixels: u32,
  first_channel: u32,
  first_frame: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.count) {
    return;
  }
  let frame = at / params.pixels;
  let c = frame / params.frames;
  let t = frame % params.frames;
  let p = at % params.pixels;
  let goal = (params.first_channel + c) * params.y_frames + params.first_frame + t;
  y[goal * params.pixels + p] = x[(c * params.x_frames + params.skipped + t) * params.pixels + p];
}
