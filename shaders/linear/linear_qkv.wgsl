// q, k, v = the three thirds of x · weightᵀ + bias
// x [L, K] x_scalar, weight [3D, K] packed f16 | q8 | q4 with scales, bias [3D] f32 -> q, k, v [L, D] scalar
// One workgroup computes a tile of T tokens by R outputs: grid (ceil(3D / R), ceil(L / T), 1).
// rows is 3D, and D a multiple of 4: four outputs lie in one of the three. stride is K rounded up to 32.
// Reference: test/reference/linear.ts
//! slot loop (linear/loops/*): linear_tile(first_token, first_row, lane)
//! slot inputs (linear/inputs/*): x_element, fetch_x4(at), unpack_x4(fetched, col)
//! slot weight (linear/weights/*): weight_words, weight_four, fetch_weight4(at), fetch_scale(at), unpack_weight4(fetched, scale, at), block_scale(block), load_weight8(eight, scale)
//! given scalar, x_scalar, TILE_TOKENS, TILE_ROWS, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  tokens: u32,
  rows: u32,
  cols: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;
@group(0) @binding(1) var<storage, read> weight: array<weight_words>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> q: array<scalar>;
@group(0) @binding(5) var<storage, read_write> k: array<scalar>;
@group(0) @binding(6) var<storage, read_write> v: array<scalar>;
@group(0) @binding(7) var<uniform> params: Params;

fn store4(token: u32, row: u32, sums: vec4<f32>) {
  if (token >= params.tokens || row >= params.rows) {
    return;
  }
  let width = params.rows / 3u;
  let third = row / width;
  let at = token * width + row % width;
  for (var i = 0u; i < 4u; i++) {
    let value = scalar(sums[i] + bias[row + i]);
    switch third {
      case 0u: { q[at + i] = value; }
      case 1u: { k[at + i] = value; }
      default: { v[at + i] = value; }
    }
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = workgroup + params.grid_origin;
  linear_tile(group.y * TILE_TOKENS, group.x * TILE_ROWS, lane);
}
