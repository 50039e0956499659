// y[i] = limit · tanh(x[i] / limit)
// x scalar -> y scalar, of any one shape.
// One invocation writes one element: grid (ceil(count / INVOCATIONS), 1, 1).
// limit is above zero. tanh(z) = 1 - 2 / (exp(2 z) + 1): the builtin may be off by 1e-5.
// Reference: test/reference/soft_clamp.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  limit: f32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<scalar>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (i >= params.count) {
    return;
  }
  // Beyond 20 it is 1, and exp would soon be infinite.
  let z = clamp(f32(x[i]) / params.limit, -20.0, 20.0);
  y[i] = scalar(params.limit * (1.0 - 2.0 / (exp(2.0 * z) + 1.0)));
}
