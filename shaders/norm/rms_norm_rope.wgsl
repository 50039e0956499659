// x = rope(x / sqrt(mean(x²) + eps) · weight) for x = q and k, in place; rope turns each pair (2i, 2i+1) of a head by the row's angle i
// q_weight, k_weight [D] f32, rotation [L, head_dim / 2, 2] f32 (cos, sin) -> q, k [L, D] scalar, in place
// One workgroup normalises ROWS rows of one of them over all D channels: grid (ceil(L / ROWS), 2, 1), y is 0 for q, 1 for k.
// D is a multiple of head_dim and head_dim even.
// Reference: test/reference/rms_norm.ts
//! slot row_sum (norm/row_sums/*): row_sum(lane, value)
//! given scalar, LANES, ROWS, INVOCATIONS
struct Params {
  grid_origin: vec3<u32>,
  rows: u32,
  dim: u32,
  head_dim: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read_write> q: array<scalar>;
@group(0) @binding(1) var<storage, read_write> k: array<scalar>;
@group(0) @binding(2) var<storage, read> q_weight: array<f32>;
@group(0) @binding(3) var<storage, read> k_weight: array<f32>;
@group(0) @binding(4) var<storage, read> rotation: array<vec2<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

fn load(of_k: bool, at: u32) -> f32 {
  if (of_k) {
    return f32(k[at]);
  }
  return f32(q[at]);
}

fn weight(of_k: bool, i: u32) -> f32 {
  if (of_k) {
    return k_weight[i];
  }
  return q_weight[i];
}

fn store(of_k: bool, at: u32, value: f32) {
  if (of_k) {
    k[at] = scalar(value);
  } else {
    q[at] = scalar(value);
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let group = workgroup + params.grid_origin;
  let lane = invocation % LANES;
  let of_k = group.y == 1u;
  let row = group.x * ROWS + invocation / LANES;
  let dim = select(0u, params.dim, row < params.rows); // a lane without a row only takes part in the sums
  let start = row * params.dim;
  var squares = 0.0;
  for (var i = lane; i < dim; i += LANES) {
    let value = load(of_k, start + i);
    squares += value * value;
  }
  let inverse = inverseSqrt(row_sum(lane, squares) / f32(params.dim) + params.eps);
  let pairs = params.head_dim / 2u;
  for (var pair = lane; pair < dim / 2u; pair += LANES) {
    let i = 2u * pair;
    let even = load(of_k, start + i) * inverse * weight(of_k, i);
    let odd = load(of_k, start + i + 1u) * inverse * weight(of_k, i + 1u);
    let turn = rotation[row * pairs + pair % pairs];
    store(of_k, start + i, even * turn.x - odd * turn.y);
    store(of_k, start + i + 1u, even * turn.y + odd * turn.x);
  }
}
