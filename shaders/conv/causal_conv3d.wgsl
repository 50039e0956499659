// y[p, n] = act(bias[n] + residual[p, n] + Σ over frames f, taps (ky, kx), channels c of x_f[p · stride + tap − pad, c] · weight[f, ky, kx, c, n])
// x_oldest, x_previous, x_current [H, W, C], residual [H', W', N] scalar, weight f16 pairs (packConvWeight), bias [N] f32 -> y [H', W', N] scalar
// One workgroup computes a tile of y that the loop shapes, and so does the grid (x, y, z); frames before the clip, first_frame of them, are skipped.
// WINDOW is 3 only at stride 1. Of a band, y and residual begin at first_row and end before out_height; the x begin at first_in_row of in_height.
// Reference: test/reference/causal_conv3d.ts
//! slot loop (conv/loops/*): x_element, convolve(tile, lane)
//! given scalar, WINDOW, CHUNK, INVOCATIONS
struct Params {
  grid_origin: vec3<u32>,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  kernel_t: u32,
  first_frame: u32, // of those that are there; a loop that adds one frame a call takes this one, as x_current
  kernel_hw: u32,
  stride: u32,
  pad: u32,
  upsample: u32, // 1 where a pixel of the input stands for 2 × 2
  adds: u32, // beside the sums: 0 the bias, 1 bias and residual, 2 what y holds from other frames
  activation: u32, // act: 0 none, 1 max(y, 0), 2 y · bias[N + n] where y is below zero
  first_row: u32,
  first_in_row: u32,
  weight_row: u32,
}

@group(0) @binding(0) var<storage, read> x_oldest: array<x_element>;
@group(0) @binding(1) var<storage, read> x_previous: array<x_element>;
@group(0) @binding(2) var<storage, read> x_current: array<x_element>;
@group(0) @binding(3) var<storage, read> weight: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<scalar>;
@group(0) @binding(6) var<storage, read_write> y: array<scalar>;
@group(0) @binding(7) var<uniform> params: Params;

fn store(position: vec2<u32>, channel: u32, biased: f32) {
  if (position.x >= params.out_width || position.y >= params.out_height || channel >= params.out_channels) {
    return;
  }
  let at = ((position.y - params.first_row) * params.out_width + position.x) * params.out_channels + channel;
  var value = biased;
  switch params.adds {
    case 1u: { value += f32(residual[at]); }
    case 2u: { value += f32(y[at]); }
    default: {}
  }
  switch params.activation {
    case 1u: { value = max(value, 0.0); }
    case 2u: { value = select(value * bias[params.out_channels + channel], value, value >= 0.0); }
    default: {}
  }
  y[at] = scalar(value);
}

// Four channels of a pixel at most: those below out_channels.
fn store4(position: vec2<u32>, channel: u32, sums: vec4<f32>) {
  for (var i = 0u; i < 4u; i++) {
    if (channel + i < params.out_channels) {
      store(position, channel + i, sums[i] + select(bias[channel + i], 0.0, params.adds == 2u));
    }
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  convolve(workgroup + params.grid_origin, lane);
}
