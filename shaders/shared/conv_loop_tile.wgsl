// A workgroup computes 8 rows x COLUMNS pixels x 8 GROUPS channels through workgroup memory, an invocation 8 rows x 8
// channels; grid (N / (8 GROUPS), W' / COLUMNS, H' / 8).
#import conv_tile
alias x_element = scalar;

const ROWS = 8u;
const CHANNELS = 8u * GROUPS;
const QUADS = 2u * GROUPS; // vec4s of output channels
const INVOCATIONS = COLUMNS * GROUPS;
const PITCH = COLUMNS + WINDOW - 1u;
const PATCH = (ROWS + WINDOW - 1u) * PITCH; // input pixels under a tile
// px / PITCH = (px * PITCH_INVERSE) >> 16 for px < PATCH: SIMD units have no integer division.
const PITCH_INVERSE = 65536u / PITCH + 1u;

var<workgroup> sh_pixel: array<i32, PATCH>; // offset of each pixel's first channel, negative outside the frame
var<workgroup> sh_x: array<f32, CHUNK * PATCH>; // [c][row][column]
// [c][ky][kx][quad]; in the end a row of sums
var<workgroup> sh_w: array<vec4<f32>, max(CHUNK * WINDOW * WINDOW * QUADS, 2u * INVOCATIONS)>;

// Where the patch of a tile lies in the input, for one tap.
fn place_patch(lane: u32, corner: vec2<u32>, tap: vec2<u32>) {
  let size = vec2(params.in_width, params.in_height) << vec2(params.upsample);
  for (var i = lane; i < PATCH; i += INVOCATIONS) {
    let row = (i * PITCH_INVERSE) >> 16u;
    let at = (corner + vec2(i - row * PITCH, row)) * params.stride + tap - params.pad; // wraps below zero
    let source = at >> vec2(params.upsample);
    sh_pixel[i] = select(-1, i32(((source.y - params.first_in_row) * params.in_width + source.x) * params.in_channels), all(at < size));
  }
}

// One loop a frame, without a branch in it: software GPUs run both sides of a branch.
fn load_patch(lane: u32, frame: u32, first_channel: u32) {
  let c = lane % CHUNK;
  let step = INVOCATIONS / CHUNK;
  let channel = i32(first_channel + c);
  // Beyond the last channel everything is outside.
  let least = select(0, 0x7fffffff, first_channel + c >= params.in_channels);
  for (var pixel = select(PATCH, lane / CHUNK, frame == 2u); pixel < PATCH; pixel += step) {
    let at = sh_pixel[pixel];
    sh_x[c * PATCH + pixel] = select(0.0, f32(x_current[max(at + channel, 0)]), at >= least);
  }
  for (var pixel = select(PATCH, lane / CHUNK, frame == 1u); pixel < PATCH; pixel += step) {
    let at = sh_pixel[pixel];
    sh_x[c * PATCH + pixel] = select(0.0, f32(x_previous[max(at + channel, 0)]), at >= least);
  }
  for (var pixel = select(PATCH, lane / CHUNK, frame == 0u); pixel < PATCH; pixel += step) {
    let at = sh_pixel[pixel];
    sh_x[c * PATCH + pixel] = select(0.0, f32(x_oldest[max(at + channel, 0)]), at >= least);
  }
}

fn load_weight(lane: u32, first_row: u32, first_quad: u32) {
  let quad = lane % QUADS;
  for (var row = lane / QUADS; row < CHUNK * WINDOW * WINDOW; row += INVOCATIONS / QUADS) {
    let pair = weight[(first_row + row) * params.weight_row + first_quad + quad];
    sh_w[row * QUADS + quad] = vec4(unpack2x16float(pair.x), unpack2x16float(pair.y));
  }
}

fn convolve(tile: vec3<u32>, lane: u32) {
  let corner = tile.yz * vec2(COLUMNS, ROWS) + vec2(0u, params.first_row);
  let column = lane % COLUMNS;
  let group = lane / COLUMNS;
  let chunks = (params.in_channels + CHUNK - 1u) / CHUNK;
  let taps = params.kernel / WINDOW; // along each axis, of those not in the window
  let first_step = params.first_frame * taps * taps * chunks;
  let last_step = params.frames * taps * taps * chunks;
  var frame = params.first_frame + 3u - params.frames;
  var tap = vec2(0u);
  var chunk = 0u;
  var a0 = vec4<f32>(); var b0 = vec4<f32>(); var a1 = vec4<f32>(); var b1 = vec4<f32>();
  var a2 = vec4<f32>(); var b2 = vec4<f32>(); var a3 = vec4<f32>(); var b3 = vec4<f32>();
  var a4 = vec4<f32>(); var b4 = vec4<f32>(); var a5 = vec4<f32>(); var b5 = vec4<f32>();
  var a6 = vec4<f32>(); var b6 = vec4<f32>(); var a7 = vec4<f32>(); var b7 = vec4<f32>();
  // One loop over frames, taps and chunks, and one over the columns of a chunk: software GPUs copy the sums at each nesting.
  for (var step = first_step; step < last_step; step++) {
    if (chunk == 0u) {
      place_patch(lane, corner, tap);
    }
    workgroupBarrier();
    load_patch(lane, frame, chunk * CHUNK);
    load_weight(lane, step * CHUNK * WINDOW * WINDOW, tile.x * QUADS);
    workgroupBarrier();
    for (var i = 0u; i < CHUNK * WINDOW; i++) {
      let c = i % CHUNK;
      let kx = i / CHUNK;
      let pixels = c * PATCH + column + kx;
      let quads = (c * WINDOW * WINDOW + kx) * QUADS + 2u * group;
      let x0 = sh_x[pixels + 0u * PITCH];
      let x1 = sh_x[pixels + 1u * PITCH];
      let x2 = sh_x[pixels + 2u * PITCH];
      let x3 = sh_x[pixels + 3u * PITCH];
      let x4 = sh_x[pixels + 4u * PITCH];
      let x5 = sh_x[pixels + 5u * PITCH];
      let x6 = sh_x[pixels + 6u * PITCH];
      let x7 = sh_x[pixels + 7u * PITCH];
      var wa = sh_w[quads];
      var wb = sh_w[quads + 1u];
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
        wa = sh_w[quads + 3u * QUADS];
        wb = sh_w[quads + 3u * QUADS + 1u];
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
        wa = sh_w[quads + 6u * QUADS];
        wb = sh_w[quads + 6u * QUADS + 1u];
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
    chunk = (chunk + 1u) % chunks;
    tap.x = select(tap.x, (tap.x + 1u) % taps, chunk == 0u);
    tap.y = select(tap.y, (tap.y + 1u) % taps, chunk == 0u && tap.x == 0u);
    frame += select(0u, 1u, chunk == 0u && tap.x == 0u && tap.y == 0u);
  }
  let n = lane % CHANNELS;
  let channel = CHANNELS * tile.x + n;
  let own_bias = bias[min(channel, params.out_channels - 1u)];
  for (var row = 0u; row < ROWS; row++) {
    var a = a0;
    var b = b0;
    switch (row) {
      case 1u: { a = a1; b = b1; }
      case 2u: { a = a2; b = b2; }
      case 3u: { a = a3; b = b3; }
      case 4u: { a = a4; b = b4; }
      case 5u: { a = a5; b = b5; }
      case 6u: { a = a6; b = b6; }
      case 7u: { a = a7; b = b7; }
      default: {}
    }
    workgroupBarrier();
    sh_w[2u * lane] = a;
    sh_w[2u * lane + 1u] = b;
    workgroupBarrier();
    for (var pixel = lane / CHANNELS; pixel < COLUMNS; pixel += INVOCATIONS / CHANNELS) {
      let quad = 2u * (n / 8u * COLUMNS + pixel) + n / 4u % 2u;
      store(corner + vec2(pixel, row), channel, sh_w[quad][n % 4u] + own_bias);
    }
  }
}
