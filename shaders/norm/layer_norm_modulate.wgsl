// y = (x - mean(x)) / sqrt(var(x) + eps) * (unit + m[scale_row]) + m[shift_row], m = modulation + e
// x [L, D] f32, modulation [R, D] f32, e [T, E, D] f32, time_rows [L] -> y [L, D] scalar. Row r of m has row r mod E of e[t].
// One workgroup normalises ROWS rows: grid (ceil(L / ROWS), 1, 1).
// scale_row and shift_row are below R. unit is 1 for adaLN; an affine LayerNorm has unit 0 and no e: E is 0. t: see modulation.
// Reference: test/reference/layer_norm_modulate.ts
//! slot row_sum (norm/row_sums/*): row_sum(lane, value)
//! given scalar, LANES, ROWS, INVOCATIONS
#import lib/modulation.wgsl

struct Params {
  grid_origin: vec3<u32>,
  rows: u32,
  dim: u32,
  scale_row: u32,
  shift_row: u32,
  e_rows: u32,
  first_token: u32,
  row_tokens: u32,
  unit: f32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> modulation: array<f32>;
@group(0) @binding(2) var<storage, read> e: array<f32>;
@group(0) @binding(3) var<storage, read> time_rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<scalar>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let lane = invocation % LANES;
  let row = (workgroup.x + params.grid_origin.x) * ROWS + invocation / LANES;
  let dim = select(0u, params.dim, row < params.rows); // a lane without a row only takes part in the sums
  let start = row * params.dim;
  var sum = 0.0;
  for (var i = lane; i < dim; i += LANES) {
    sum += x[start + i];
  }
  let mean = row_sum(lane, sum) / f32(params.dim);
  var squares = 0.0;
  for (var i = lane; i < dim; i += LANES) {
    let centred = x[start + i] - mean;
    squares += centred * centred;
  }
  let inverse = inverseSqrt(row_sum(lane, squares) / f32(params.dim) + params.eps);
  let time = time_row(min(row, params.rows - 1u));
  for (var i = lane; i < dim; i += LANES) {
    let scale = params.unit + modulation_at(time, params.scale_row, i, params.dim);
    y[start + i] = scalar((x[start + i] - mean) * inverse * scale + modulation_at(time, params.shift_row, i, params.dim));
  }
}
