// y = rope(x): each pair (2i, 2i+1) of a head turned by the row's angle i
// x [L, D] scalar, rotation [L, head_dim / 2, 2] f32 (cos, sin) -> y [L, D] scalar
// One invocation turns one pair: grid (ceil(L D / 2 / INVOCATIONS), 1, 1).
// D is a multiple of head_dim and head_dim even.
// Reference: test/reference/rms_norm.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  pairs: u32, // of all rows
  dim: u32,
  head_dim: u32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read> rotation: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<scalar>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.pairs) {
    return;
  }
  let row = at / (params.dim / 2u);
  let half = params.head_dim / 2u;
  let turn = rotation[row * half + at % (params.dim / 2u) % half];
  let even = f32(x[2u * at]);
  let odd = f32(x[2u * at + 1u]);
  y[2u * at] = scalar(even * turn.x - odd * turn.y);
  y[2u * at + 1u] = scalar(even * turn.y + odd * turn.x);
}
