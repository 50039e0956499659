// y = activation(y + gate · factor · outputs · (x · weightᵀ)), gate = modulation[gate_row] + e[t, gate_row mod E] or 1
// x [L, K] x_scalar, weight [N, K] packed with scales, outputs [N], modulation [R, N], e [T, E, N] f32, time_rows [L] -> y [L, N] y_scalar
// One workgroup computes a tile of T tokens by R outputs: grid (ceil(N / R), ceil(L / T), 1).
// stride is K rounded up to 32; gate_row is below R; gated and scaled are 0 where gate and outputs are 1; activation: see activation; t: see modulation.
// Reference: test/reference/linear.ts
//! slot loop (linear/loops/*): linear_tile(first_token, first_row, lane)
//! slot inputs (linear/inputs/*): x_element, fetch_x4(at), unpack_x4(fetched, col)
//! slot weight (linear/weights/*): weight_words, weight_four, fetch_weight4(at), fetch_scale(at), unpack_weight4(fetched, scale, at), block_scale(block), load_weight8(eight, scale)
//! given x_scalar, y_scalar, TILE_TOKENS, TILE_ROWS, INVOCATIONS
#import lib/activation.wgsl
#import lib/modulation.wgsl

struct Params {
  grid_origin: vec3<u32>,
  tokens: u32,
  rows: u32,
  cols: u32,
  stride: u32,
  factor: f32,
  scaled: u32,
  activation: u32,
  gated: u32,
  gate_row: u32,
  e_rows: u32,
  first_token: u32,
  row_tokens: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;
@group(0) @binding(1) var<storage, read> weight: array<weight_words>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read> outputs: array<f32>;
@group(0) @binding(4) var<storage, read> modulation: array<f32>;
@group(0) @binding(5) var<storage, read> e: array<f32>;
@group(0) @binding(6) var<storage, read> time_rows: array<u32>;
@group(0) @binding(7) var<storage, read_write> y: array<y_scalar>;
@group(0) @binding(8) var<uniform> params: Params;

fn store4(token: u32, row: u32, sums: vec4<f32>) {
  if (token >= params.tokens) {
    return;
  }
  let time = time_row(token);
  for (var i = 0u; i < 4u && row + i < params.rows; i++) {
    var factor = params.factor;
    if (params.scaled != 0u) {
      factor *= outputs[row + i];
    }
    if (params.gated != 0u) {
      factor *= modulation_at(time, params.gate_row, row + i, params.rows);
    }
    let at = token * params.rows + row + i;
    y[at] = y_scalar(activate(f32(y[at]) + factor * sums[i], params.activation));
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = workgroup + params.grid_origin;
  linear_tile(group.y * TILE_TOKENS, group.x * TILE_ROWS, lane);
}
