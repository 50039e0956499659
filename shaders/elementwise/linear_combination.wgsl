// y = c0·x0 + c1·x1 + … + c5·x5
// x0 … x5 [n] f32 -> y [n] f32
// One invocation computes one element: grid (ceil(n / INVOCATIONS), 1, 1).
// Terms from `terms` on are not read; y is none of the inputs.
// Reference: the formula itself, in test/kernels/linear_combination.test.ts
//! given INVOCATIONS
struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  terms: u32,
  c0: f32,
  c1: f32,
  c2: f32,
  c3: f32,
  c4: f32,
  c5: f32,
}

@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read> x1: array<f32>;
@group(0) @binding(2) var<storage, read> x2: array<f32>;
@group(0) @binding(3) var<storage, read> x3: array<f32>;
@group(0) @binding(4) var<storage, read> x4: array<f32>;
@group(0) @binding(5) var<storage, read> x5: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.count) {
    return;
  }
  var sum = params.c0 * x0[at];
  if (params.terms > 1u) { sum += params.c1 * x1[at]; }
  if (params.terms > 2u) { sum += params.c2 * x2[at]; }
  if (params.terms > 3u) { sum += params.c3 * x3[at]; }
  if (params.terms > 4u) { sum += params.c4 * x4[at]; }
  if (params.terms > 5u) { sum += params.c5 * x5[at]; }
  y[at] = sum;
}
