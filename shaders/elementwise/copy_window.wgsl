// y[y_top + q, y_left + p, c] = x[x_top + q, x_left + p, c] for q < rows, p < columns
// x [H, W, C] scalar -> y [H', W', C] scalar, a window of it
// One invocation copies one element: grid (ceil(rows columns C / INVOCATIONS), 1, 1).
// The window lies in both frames.
// Reference: test/reference/copy_window.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  columns: u32,
  channels: u32,
  x_width: u32,
  x_top: u32,
  x_left: u32,
  y_width: u32,
  y_top: u32,
  y_left: u32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<scalar>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.count) {
    return;
  }
  let c = at % params.channels;
  let row = at / params.channels / params.columns;
  let column = at / params.channels % params.columns;
  let source = (params.x_top + row) * params.x_width + params.x_left + column;
  let goal = (params.y_top + row) * params.y_width + params.y_left + column;
  y[goal * params.channels + c] = x[source * params.channels + c];
}
