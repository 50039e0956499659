// A workgroup computes ROWS × COLUMNS pixels × CHANNELS through workgroup memory, an invocation 8 rows × 8 channels, in the
// type of the slot accumulate; grid (N / CHANNELS, W' / COLUMNS, H' / ROWS). ROWS is 8, INVOCATIONS = COLUMNS · CHANNELS / 8.
// A step reads 10 numbers and 6 vec4s of workgroup memory for 192 products where the window is 3; 64 sums in registers.
//! slot accumulate (lib/accumulate_*): product, part_of(sum), with_part(sum, part)
//! given scalar, WINDOW, CHUNK, ROWS, COLUMNS, CHANNELS, INVOCATIONS
#import lib/outer.wgsl
#import conv/patch.wgsl
alias x_element = scalar;

const QUADS = CHANNELS / 4u; // vec4s of output channels

var<workgroup> sh_x: array<product, CHUNK * PATCH>; // [c][row][column]
// [c][ky][kx][quad]; in the end a row of sums
var<workgroup> sh_w: array<vec4<product>, max(CHUNK * WINDOW * WINDOW * QUADS, 2u * INVOCATIONS)>;

fn load_patch(lane: u32, frame: u32, first_channel: u32) {
  let c = lane % CHUNK;
  let step = INVOCATIONS / CHUNK;
  let channel = i32(first_channel + c);
  // Beyond the last channel everything is outside.
  let least = select(0, 0x7fffffff, first_channel + c >= params.in_channels);
  for (var pixel = select(PATCH, lane / CHUNK, frame == 2u); pixel < PATCH; pixel += step) {
    let at = sh_pixel[pixel];
    sh_x[c * PATCH + pixel] = select(product(), product(x_current[max(at + channel, 0)]), at >= least);
  }
  for (var pixel = select(PATCH, lane / CHUNK, frame == 1u); pixel < PATCH; pixel += step) {
    let at = sh_pixel[pixel];
    sh_x[c * PATCH + pixel] = select(product(), product(x_previous[max(at + channel, 0)]), at >= least);
  }
  for (var pixel = select(PATCH, lane / CHUNK, frame == 0u); pixel < PATCH; pixel += step) {
    let at = sh_pixel[pixel];
    sh_x[c * PATCH + pixel] = select(product(), product(x_oldest[max(at + channel, 0)]), at >= least);
  }
}

fn load_weight(lane: u32, first_row: u32, first_quad: u32) {
  let quad = lane % QUADS;
  for (var row = lane / QUADS; row < CHUNK * WINDOW * WINDOW; row += INVOCATIONS / QUADS) {
    let pair = weight[(first_row + row) * params.weight_row + first_quad + quad];
    sh_w[row * QUADS + quad] = vec4<product>(vec4(unpack2x16float(pair.x), unpack2x16float(pair.y)));
  }
}

fn convolve(tile: vec3<u32>, lane: u32) {
  let corner = tile.yz * vec2(COLUMNS, ROWS) + vec2(0u, params.first_row);
  let column = lane % COLUMNS;
  let group = lane / COLUMNS;
  let chunks = (params.in_channels + CHUNK - 1u) / CHUNK;
  let taps = params.kernel_hw / WINDOW; // along each axis, of those not in the window
  let first_step = params.first_frame * taps * taps * chunks;
  let last_step = params.kernel_t * taps * taps * chunks;
  var at = first_place();
  // A column for each row of pixels, four channels long: rows 0 to 3 and 4 to 7, channels 0 to 3 and 4 to 7.
  var top_a = mat4x4<f32>();
  var top_b = mat4x4<f32>();
  var low_a = mat4x4<f32>();
  var low_b = mat4x4<f32>();
  for (var step = first_step; step < last_step; step++) {
    if (at.chunk == 0u) {
      place_patch(lane, corner, at.tap);
    }
    workgroupBarrier();
    load_patch(lane, at.frame, at.chunk * CHUNK);
    load_weight(lane, step * CHUNK * WINDOW * WINDOW, tile.x * QUADS);
    workgroupBarrier();
    var part_top_a = part_of(top_a);
    var part_top_b = part_of(top_b);
    var part_low_a = part_of(low_a);
    var part_low_b = part_of(low_b);
    for (var i = 0u; i < CHUNK * WINDOW; i++) {
      let c = i % CHUNK;
      let kx = i / CHUNK;
      let pixel = c * PATCH + column + kx;
      let quad = (c * WINDOW * WINDOW + kx) * QUADS + 2u * group;
      let top = vec4<product>(sh_x[pixel], sh_x[pixel + PITCH], sh_x[pixel + 2u * PITCH], sh_x[pixel + 3u * PITCH]);
      let low = vec4<product>(sh_x[pixel + 4u * PITCH], sh_x[pixel + 5u * PITCH], sh_x[pixel + 6u * PITCH], sh_x[pixel + 7u * PITCH]);
      part_top_a += outer(top, sh_w[quad]);
      part_top_b += outer(top, sh_w[quad + 1u]);
      part_low_a += outer(low, sh_w[quad]);
      part_low_b += outer(low, sh_w[quad + 1u]);
      if (WINDOW == 3u) { // the taps of the next two rows of the kernel see the same pixels, a row or two further up
        let below = vec2<product>(sh_x[pixel + 8u * PITCH], sh_x[pixel + 9u * PITCH]);
        let quad1 = quad + 3u * QUADS;
        let top1 = vec4<product>(top.yzw, low.x);
        let low1 = vec4<product>(low.yzw, below.x);
        part_top_a += outer(top1, sh_w[quad1]);
        part_top_b += outer(top1, sh_w[quad1 + 1u]);
        part_low_a += outer(low1, sh_w[quad1]);
        part_low_b += outer(low1, sh_w[quad1 + 1u]);
        let quad2 = quad + 6u * QUADS;
        let top2 = vec4<product>(top.zw, low.xy);
        let low2 = vec4<product>(low.zw, below);
        part_top_a += outer(top2, sh_w[quad2]);
        part_top_b += outer(top2, sh_w[quad2 + 1u]);
        part_low_a += outer(low2, sh_w[quad2]);
        part_low_b += outer(low2, sh_w[quad2 + 1u]);
      }
    }
    top_a = with_part(top_a, part_top_a);
    top_b = with_part(top_b, part_top_b);
    low_a = with_part(low_a, part_low_a);
    low_b = with_part(low_b, part_low_b);
    at = next_place(at, chunks, taps);
  }
  let n = lane % CHANNELS;
  let channel = CHANNELS * tile.x + n;
  let own_bias = bias[min(channel, params.out_channels - 1u)];
  for (var row = 0u; row < ROWS; row++) {
    var a = top_a[0];
    var b = top_b[0];
    switch (row) {
      case 1u: { a = top_a[1]; b = top_b[1]; }
      case 2u: { a = top_a[2]; b = top_b[2]; }
      case 3u: { a = top_a[3]; b = top_b[3]; }
      case 4u: { a = low_a[0]; b = low_b[0]; }
      case 5u: { a = low_a[1]; b = low_b[1]; }
      case 6u: { a = low_a[2]; b = low_b[2]; }
      case 7u: { a = low_a[3]; b = low_b[3]; }
      default: {}
    }
    workgroupBarrier();
    sh_w[2u * lane] = vec4<product>(a);
    sh_w[2u * lane + 1u] = vec4<product>(b);
    workgroupBarrier();
    for (var pixel = lane / CHANNELS; pixel < COLUMNS; pixel += INVOCATIONS / CHANNELS) {
      let quad = 2u * (n / 8u * COLUMNS + pixel) + n / 4u % 2u;
      store(corner + vec2(pixel, row), channel, f32(sh_w[quad][n % 4u]) + own_bias);
    }
  }
}
