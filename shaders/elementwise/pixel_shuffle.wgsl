// y[factor row + dy, factor column + dx, c] = x[row, column, (c factor + dy) factor + dx] + base[row, column, c]
// x [H, W, factor^2 C], base [H, W, C] scalar -> y [factor H, factor W, C] scalar
// One invocation writes one element: grid (ceil(rows factor W C / INVOCATIONS), 1, 1).
// Of a band, y has `rows` rows from first_row on, and x begins at first_in_row; the base is whole.
// Reference: test/reference/pixel_shuffle.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  in_width: u32,
  channels: u32,
  factor: u32,
  adds: u32, // 1 where there is a base
  rows: u32,
  first_row: u32,
  first_in_row: u32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read> base: array<scalar>;
@group(0) @binding(2) var<storage, read_write> y: array<scalar>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  let width = params.in_width * params.factor;
  if (i >= params.rows * width * params.channels) {
    return;
  }
  let c = i % params.channels;
  let column = i / params.channels % width;
  let row = params.first_row + i / params.channels / width;
  let from_row = row / params.factor;
  let from_column = column / params.factor;
  let pixel = (from_row - params.first_in_row) * params.in_width + from_column;
  let inside = (c * params.factor + row % params.factor) * params.factor + column % params.factor;
  var value = f32(x[pixel * params.channels * params.factor * params.factor + inside]);
  if (params.adds == 1u) {
    value += f32(base[(from_row * params.in_width + from_column) * params.channels + c]);
  }
  y[i] = scalar(value);
}
