// y[p, n] = Σ over taps (ky, kx) of x[p + tap − pad, n] · weight[ky, kx, n], x the channels of x_current, then those of x_previous; pad = (kernel − 1) / 2
// x_current, x_previous [H, W, C] scalar, weight [kernel, kernel, 2 C] f32 -> y [H, W, 2 C] scalar
// One invocation computes four neighbours along a row, of one channel: grid (ceil(rows ceil(W / 4) 2 C / INVOCATIONS), 1, 1).
// kernel is odd. Of a band, y has `rows` rows from first_row on; the x begin at first_in_row of in_height.
// Reference: test/reference/depthwise_conv.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  in_height: u32,
  width: u32,
  channels: u32,
  kernel: u32,
  first_of_clip: u32, // 1 where there is no x_previous: zeros
  rows: u32,
  first_row: u32,
  first_in_row: u32,
}

@group(0) @binding(0) var<storage, read> x_current: array<scalar>;
@group(0) @binding(1) var<storage, read> x_previous: array<scalar>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<scalar>;
@group(0) @binding(4) var<uniform> params: Params;

fn load(row: u32, column: u32, n: u32) -> f32 {
  if (row >= params.in_height || column >= params.width) { // wrapped below zero, or beyond
    return 0.0;
  }
  let pixel = (row - params.first_in_row) * params.width + column;
  if (n < params.channels) {
    return f32(x_current[pixel * params.channels + n]);
  }
  return f32(x_previous[pixel * params.channels + n - params.channels]);
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  let all = 2u * params.channels;
  let fours = (params.width + 3u) / 4u;
  if (i >= params.rows * fours * all) {
    return;
  }
  let n = i % all;
  let column = i / all % fours * 4u;
  let row = i / all / fours;
  let pad = params.kernel / 2u;
  var sums = vec4<f32>();
  let taps = select(params.kernel, 0u, params.first_of_clip == 1u && n >= params.channels);
  for (var ky = 0u; ky < taps; ky++) {
    // Of the four pixels, the weights by which each takes the one loaded.
    var w = vec4<f32>();
    for (var kx = 0u; kx < taps + 3u; kx++) {
      var next = 0.0;
      if (kx < taps) {
        next = weight[(ky * taps + kx) * all + n];
      }
      w = vec4<f32>(next, w.xyz);
      sums += w * load(params.first_row + row + ky - pad, column + kx - pad, n);
    }
  }
  let at = (row * params.width + column) * all + n;
  for (var pixel = 0u; pixel < min(4u, params.width - column); pixel++) {
    y[at + pixel * all] = scalar(sums[pixel]);
  }
}
