// x = x / sqrt(mean(x²) + eps) · weight, in place
// weight [D] f32 -> x [L, D] scalar, in place
// One workgroup normalises ROWS rows: grid (ceil(L / ROWS), 1, 1).
// The mean is over all D channels, of every head.
// Reference: test/reference/rms_norm.ts
//! slot row_sum (norm/row_sums/*): row_sum(lane, value)
//! given scalar, LANES, ROWS, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  rows: u32,
  dim: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<scalar>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let lane = invocation % LANES;
  let row = (workgroup.x + params.grid_origin.x) * ROWS + invocation / LANES;
  let dim = select(0u, params.dim, row < params.rows); // a lane without a row only takes part in the sums
  let start = row * params.dim;
  var squares = 0.0;
  for (var i = lane; i < dim; i += LANES) {
    let value = f32(x[start + i]);
    squares += value * value;
  }
  let inverse = inverseSqrt(row_sum(lane, squares) / f32(params.dim) + params.eps);
  for (var i = lane; i < dim; i += LANES) {
    x[start + i] = scalar(f32(x[start + i]) * inverse * weight[i]);
  }
}
