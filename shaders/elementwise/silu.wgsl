// y = x / (1 + exp(-x))
// x [n] f32 -> y [n] f32
// One invocation computes one element: grid (ceil(n / INVOCATIONS), 1, 1).
// n is the length of both.
// Reference: test/reference/linear.ts
//! given INVOCATIONS
#import lib/activation.wgsl

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at < params.count) {
    y[at] = activate(x[at], 2u);
  }
}
