// y[s row + dy, s column + dx, c] = mean over ey, ex < pool of x[row, column, (c factor + pool dy + ey) factor + pool dx + ex] + base[row, column, c]; s = factor / pool
// x [H, W, factor^2 C], base [H, W, C] scalar -> y [s H, s W, C] scalar
// One invocation writes one element: grid (ceil(rows s W C / INVOCATIONS), 1, 1).
// pool divides factor. Of a band, y has `rows` rows from first_row on, and x begins at first_in_row; the base is whole.
// Reference: test/reference/pixel_shuffle.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  in_width: u32,
  channels: u32,
  factor: u32,
  pool: u32,
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
  let scale = params.factor / params.pool;
  let width = params.in_width * scale;
  if (i >= params.rows * width * params.channels) {
    return;
  }
  let c = i % params.channels;
  let column = i / params.channels % width;
  let row = params.first_row + i / params.channels / width;
  let from_row = row / scale;
  let from_column = column / scale;
  let pixel = (from_row - params.first_in_row) * params.in_width + from_column;
  let corner = (pixel * params.channels + c) * params.factor * params.factor + (row % scale * params.factor + column % scale) * params.pool;
  var value = 0.0;
  for (var ey = 0u; ey < params.pool; ey++) {
    for (var ex = 0u; ex < params.pool; ex++) {
      value += f32(x[corner + ey * params.factor + ex]);
    }
  }
  value /= f32(params.pool * params.pool);
  if (params.adds == 1u) {
    value += f32(base[(from_row * params.in_width + from_column) * params.channels + c]);
  }
  y[i] = scalar(value);
}
