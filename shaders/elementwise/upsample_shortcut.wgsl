// y[q, p, o] += x[q / s, p / s, (((o·t + i)·s + q mod s)·s + p mod s) / r], r = N·t·s·s / C
// x a frame [H, W, C] scalar -> y a frame [H s, W s, N] scalar, added to: the i-th of the t that x becomes.
// One invocation adds to one element of y: grid (ceil(rows W s N / INVOCATIONS), 1, 1).
// C divides N t s s. A band of a large frame: y begins at first_row, x at first_in_row.
// Reference: test/reference/shortcuts.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  in_width: u32,
  in_channels: u32,
  out_channels: u32,
  time: u32,
  i: u32,
  space: u32,
  repeats: u32,
  first_row: u32,
  first_in_row: u32,
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
  let s = params.space;
  let pixel = at / params.out_channels;
  let column = pixel % (params.in_width * s);
  let row = params.first_row + pixel / (params.in_width * s);
  let place = (((at % params.out_channels) * params.time + params.i) * s + row % s) * s + column % s;
  let source = ((row / s - params.first_in_row) * params.in_width + column / s) * params.in_channels;
  y[at] = scalar(f32(y[at]) + f32(x[source + place / params.repeats]));
}
