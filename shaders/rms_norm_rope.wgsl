// x = rope(x / sqrt(mean(x²) + eps) · weight), in place; rope turns each pair (2i, 2i+1) of a head by the row's angle i
// weight [D] f32, rotation [R, head_dim / 2, 2] f32 (cos, sin) -> x [L, D] scalar, in place
// One workgroup normalises ROWS rows over all D channels: grid (ceil(L / ROWS), 1, 1).
// R is L, or 0 for no rotation; D is a multiple of head_dim and head_dim even.
// Reference: test/reference/rms_norm_rope.ts
#import scalar
#import row_sum

struct Params {
  grid_origin: vec3<u32>,
  rows: u32,
  dim: u32,
  head_dim: u32,
  rotated: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<scalar>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> rotation: array<vec2<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(LANES * ROWS)
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
  let pairs = params.head_dim / 2u;
  for (var pair = lane; pair < dim / 2u; pair += LANES) {
    let i = 2u * pair;
    let even = f32(x[start + i]) * inverse * weight[i];
    let odd = f32(x[start + i + 1u]) * inverse * weight[i + 1u];
    var turn = vec2<f32>(1.0, 0.0);
    if (params.rotated != 0u) {
      turn = rotation[row * pairs + pair % pairs];
    }
    x[start + i] = scalar(even * turn.x - odd * turn.y);
    x[start + i + 1u] = scalar(even * turn.y + odd * turn.x);
  }
}
