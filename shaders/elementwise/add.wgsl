// y[i] += x[i]
// x [n] scalar -> y [n] scalar, added to
// One invocation adds one element: grid (ceil(n / INVOCATIONS), 1, 1).
// n is the length of both.
// Reference: the formula itself, in test/kernels/add.test.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<scalar>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at < params.count) {
    y[at] = scalar(f32(y[at]) + f32(x[at]));
  }
}
