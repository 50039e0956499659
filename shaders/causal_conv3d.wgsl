// y[p, n] = bias[n] + residual[p, n] + sum over frames f, taps (ky, kx), channels c of x_f[p * stride + tap - pad, c] * weight[f, ky, kx, c, n]
// x_oldest, x_previous, x_current, residual: frames [H, W, C] scalar; weight f16 pairs, see packConvWeight; bias f32 -> y [H', W', N] scalar.
// One workgroup computes 8 rows x COLUMNS pixels x 8 GROUPS channels, an invocation 8 rows x 8 channels; grid (N / (8 GROUPS), W' / COLUMNS, H' / 8).
// Frames before the clip are zeros and skipped: first_frame counts them. With upsample = 1 an input pixel stands for 2 x 2. WINDOW 3 needs stride 1.
// Reference: test/reference/causal_conv3d.ts
#import scalar
#import conv_tile
#import conv_window

struct Params {
  grid_origin: vec3<u32>,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  frames: u32,
  first_frame: u32,
  kernel: u32,
  stride: u32,
  pad: u32,
  upsample: u32,
  has_residual: u32,
}

@group(0) @binding(0) var<storage, read> x_oldest: array<scalar>;
@group(0) @binding(1) var<storage, read> x_previous: array<scalar>;
@group(0) @binding(2) var<storage, read> x_current: array<scalar>;
@group(0) @binding(3) var<storage, read> weight: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<scalar>;
@group(0) @binding(6) var<storage, read_write> y: array<scalar>;
@group(0) @binding(7) var<uniform> params: Params;

const ROWS = 8u;
const INVOCATIONS = COLUMNS * GROUPS;
const QUADS = 2u * GROUPS; // vec4s of output channels
const PITCH = COLUMNS + WINDOW - 1u;
const PATCH = (ROWS + WINDOW - 1u) * PITCH; // input pixels under a tile
const OUTSIDE = 0xffffffffu;
// px / PITCH = (px * PITCH_INVERSE) >> 16 for px < PATCH: SIMD units have no integer division.
const PITCH_INVERSE = 65536u / PITCH + 1u;

var<workgroup> sh_pixel: array<u32, PATCH>; // offset of each pixel's first channel, or OUTSIDE
var<workgroup> sh_x: array<f32, CHUNK * PATCH>; // [c][row][column]
var<workgroup> sh_w: array<vec4<f32>, CHUNK * WINDOW * WINDOW * QUADS>; // [c][ky][kx][quad]

fn load_x(frame: u32, at: u32) -> f32 {
  if (frame == 2u) {
    return f32(x_current[at]);
  }
  if (frame == 1u) {
    return f32(x_previous[at]);
  }
  return f32(x_oldest[at]);
}

// Where the patch of a tile lies in the input, for the tap (ky, kx).
fn place_patch(lane: u32, corner: vec2<u32>, tap: vec2<u32>) {
  let size = vec2(params.in_width, params.in_height) << vec2(params.upsample);
  for (var i = lane; i < PATCH; i += INVOCATIONS) {
    let row = (i * PITCH_INVERSE) >> 16u;
    let at = (corner + vec2(i - row * PITCH, row)) * params.stride + tap - params.pad; // wraps below zero
    let source = at >> vec2(params.upsample);
    sh_pixel[i] = select(OUTSIDE, (source.y * params.in_width + source.x) * params.in_channels, all(at < size));
  }
}

fn load_patch(lane: u32, frame: u32, first_channel: u32) {
  for (var i = lane; i < CHUNK * PATCH; i += INVOCATIONS) {
    let c = i % CHUNK;
    let pixel = i / CHUNK;
    let at = sh_pixel[pixel];
    var value = 0.0;
    if (at != OUTSIDE && first_channel + c < params.in_channels) {
      value = load_x(frame, at + first_channel + c);
    }
    sh_x[c * PATCH + pixel] = value;
  }
}

fn load_weight(lane: u32, first_row: u32, first_quad: u32, row_quads: u32) {
  for (var i = lane; i < CHUNK * WINDOW * WINDOW * QUADS; i += INVOCATIONS) {
    let pair = weight[(first_row + i / QUADS) * row_quads + first_quad + i % QUADS];
    sh_w[i] = vec4(unpack2x16float(pair.x), unpack2x16float(pair.y));
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let tile = workgroup + params.grid_origin;
  let corner = tile.yz * vec2(COLUMNS, ROWS);
  let column = lane % COLUMNS;
  let group = lane / COLUMNS;
  let row_quads = (params.out_channels + 8u * GROUPS - 1u) / (8u * GROUPS) * QUADS;
  let chunks = (params.in_channels + CHUNK - 1u) / CHUNK;
  let taps = params.kernel / WINDOW; // along each axis, of those not in the window
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  var b0 = vec4<f32>();
  var b1 = vec4<f32>();
  var b2 = vec4<f32>();
  var b3 = vec4<f32>();
  var b4 = vec4<f32>();
  var b5 = vec4<f32>();
  var b6 = vec4<f32>();
  var b7 = vec4<f32>();
  for (var frame = params.first_frame; frame < params.frames; frame++) {
    for (var tap = 0u; tap < taps * taps; tap++) {
      place_patch(lane, corner, vec2(tap % taps, tap / taps));
      for (var chunk = 0u; chunk < chunks; chunk++) {
        workgroupBarrier();
        load_patch(lane, frame + 3u - params.frames, chunk * CHUNK);
        load_weight(lane, ((frame * taps * taps + tap) * chunks + chunk) * CHUNK * WINDOW * WINDOW, tile.x * QUADS, row_quads);
        workgroupBarrier();
        for (var i = 0u; i < CHUNK * WINDOW; i++) {
          let c = i / WINDOW;
          let kx = i % WINDOW;
          let pixels = c * PATCH + column + kx;
          let taps_at = (c * WINDOW * WINDOW + kx) * QUADS + 2u * group;
          let x0 = sh_x[pixels + 0u * PITCH];
          let x1 = sh_x[pixels + 1u * PITCH];
          let x2 = sh_x[pixels + 2u * PITCH];
          let x3 = sh_x[pixels + 3u * PITCH];
          let x4 = sh_x[pixels + 4u * PITCH];
          let x5 = sh_x[pixels + 5u * PITCH];
          let x6 = sh_x[pixels + 6u * PITCH];
          let x7 = sh_x[pixels + 7u * PITCH];
          var wa = sh_w[taps_at];
          var wb = sh_w[taps_at + 1u];
          a0 = fma(vec4(x0), wa, a0);
          a1 = fma(vec4(x1), wa, a1);
          a2 = fma(vec4(x2), wa, a2);
          a3 = fma(vec4(x3), wa, a3);
          a4 = fma(vec4(x4), wa, a4);
          a5 = fma(vec4(x5), wa, a5);
          a6 = fma(vec4(x6), wa, a6);
          a7 = fma(vec4(x7), wa, a7);
          b0 = fma(vec4(x0), wb, b0);
          b1 = fma(vec4(x1), wb, b1);
          b2 = fma(vec4(x2), wb, b2);
          b3 = fma(vec4(x3), wb, b3);
          b4 = fma(vec4(x4), wb, b4);
          b5 = fma(vec4(x5), wb, b5);
          b6 = fma(vec4(x6), wb, b6);
          b7 = fma(vec4(x7), wb, b7);
          if (WINDOW == 3u) {
            let x8 = sh_x[pixels + 8u * PITCH];
            let x9 = sh_x[pixels + 9u * PITCH];
            wa = sh_w[taps_at + 3u * QUADS];
            wb = sh_w[taps_at + 3u * QUADS + 1u];
            a0 = fma(vec4(x1), wa, a0);
            a1 = fma(vec4(x2), wa, a1);
            a2 = fma(vec4(x3), wa, a2);
            a3 = fma(vec4(x4), wa, a3);
            a4 = fma(vec4(x5), wa, a4);
            a5 = fma(vec4(x6), wa, a5);
            a6 = fma(vec4(x7), wa, a6);
            a7 = fma(vec4(x8), wa, a7);
            b0 = fma(vec4(x1), wb, b0);
            b1 = fma(vec4(x2), wb, b1);
            b2 = fma(vec4(x3), wb, b2);
            b3 = fma(vec4(x4), wb, b3);
            b4 = fma(vec4(x5), wb, b4);
            b5 = fma(vec4(x6), wb, b5);
            b6 = fma(vec4(x7), wb, b6);
            b7 = fma(vec4(x8), wb, b7);
            wa = sh_w[taps_at + 6u * QUADS];
            wb = sh_w[taps_at + 6u * QUADS + 1u];
            a0 = fma(vec4(x2), wa, a0);
            a1 = fma(vec4(x3), wa, a1);
            a2 = fma(vec4(x4), wa, a2);
            a3 = fma(vec4(x5), wa, a3);
            a4 = fma(vec4(x6), wa, a4);
            a5 = fma(vec4(x7), wa, a5);
            a6 = fma(vec4(x8), wa, a6);
            a7 = fma(vec4(x9), wa, a7);
            b0 = fma(vec4(x2), wb, b0);
            b1 = fma(vec4(x3), wb, b1);
            b2 = fma(vec4(x4), wb, b2);
            b3 = fma(vec4(x5), wb, b3);
            b4 = fma(vec4(x6), wb, b4);
            b5 = fma(vec4(x7), wb, b5);
            b6 = fma(vec4(x8), wb, b6);
            b7 = fma(vec4(x9), wb, b7);
          }
        }
      }
    }
  }
  let x = corner.x + column;
  if (x >= params.out_width) {
    return;
  }
  let channel = 8u * (tile.x * GROUPS + group);
  let sums = array(a0, b0, a1, b1, a2, b2, a3, b3, a4, b4, a5, b5, a6, b6, a7, b7);
  for (var row = 0u; row < min(ROWS, params.out_height - corner.y); row++) {
    let pixel = (corner.y + row) * params.out_width + x;
    for (var i = 0u; i < min(8u, params.out_channels - min(channel, params.out_channels)); i++) {
      let at = pixel * params.out_channels + channel + i;
      var value = sums[2u * row + i / 4u][i % 4u] + bias[channel + i];
      if (params.has_residual != 0u) {
        value += f32(residual[at]);
      }
      y[at] = scalar(value);
    }
  }
}
