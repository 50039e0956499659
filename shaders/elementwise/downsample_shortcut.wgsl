// y[q, p, o] (+)= 1/g · Σ over b of o·g … o·g + g − 1 with (b / s²) mod t = i: x[q·s + (b / s) mod s, p·s + b mod s, b / (t·s²)], g = C·t·s² / N
// x a frame [H s, W s, C] scalar, the i-th of the t that become one -> y a frame [H, W, N] scalar
// One invocation computes one element of y: grid (ceil(rows W N / INVOCATIONS), 1, 1).
// N divides C t s s; adds = 0 sets y, 1 adds to it. A band of a large frame: y begins at first_row, x at first_in_row.
// Reference: test/reference/shortcuts.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  width: u32,
  in_channels: u32,
  out_channels: u32,
  time: u32,
  i: u32,
  space: u32,
  group: u32,
  adds: u32,
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
  let column = pixel % params.width;
  let row = params.first_row + pixel / params.width;
  var sum = 0.0;
  for (var k = 0u; k < params.group; k++) {
    let b = (at % params.out_channels) * params.group + k;
    if ((b / (s * s)) % params.time == params.i) {
      let source = (row * s + (b / s) % s - params.first_in_row) * params.width * s + column * s + b % s;
      sum += f32(x[source * params.in_channels + b / (s * s * params.time)]);
    }
  }
  sum /= f32(params.group);
  if (params.adds != 0u) {
    sum += f32(y[at]);
  }
  y[at] = scalar(sum);
}
