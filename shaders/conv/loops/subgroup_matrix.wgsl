// A workgroup computes 8 rows × 16 pixels × 96 channels on a GPU's matrix units: four subgroups of 32 lanes, each 4 rows ×
// 48 channels, products of f16 and sums of f32; grid (N / CHANNELS, W' / COLUMNS, H' / ROWS). A row of pixels in workgroup memory is a
// matrix as it lies there, for each tap from another pixel on. in_channels is a multiple of 32, out_channels of 96.
// ROWS, COLUMNS, CHANNELS and INVOCATIONS are 8, 16, 96 and 128. What limits it: workgroup memory, 7 matrices read for 12 products; and two barriers a tap.
//! slot matrix (lib/matrix_*): SUBGROUP, SIDE, Left, Right, Sums, LeftPart, RightPart, SumsPart, left(source, row, k), right(source, k, column), put_sums(sums, row, column), multiply_add(a, b, sums)
//! given WINDOW, STEP_CHANNELS, ROWS, COLUMNS, CHANNELS, INVOCATIONS
#import conv/patch.wgsl

const TAPS = WINDOW * WINDOW;
const EIGHTS = CHANNELS / 8u;
// vec4s from a pixel, or a channel's weights, to the next: eight of them begin in different banks
const X_PITCH = STEP_CHANNELS / 8u + 1u;
const W_PITCH = EIGHTS + 1u;

alias x_element = vec4<u32>; // eight channels
var<workgroup> sh_x: array<vec4<u32>, PATCH * X_PITCH>; // [pixel][channel / 8]
var<workgroup> sh_w: array<vec4<u32>, STEP_CHANNELS * W_PITCH>; // [channel][output channel / 8], of one tap
var<workgroup> sh_sums: array<vec4<f32>, INVOCATIONS * SIDE * SIDE / SUBGROUP / 4u>; // [subgroup][pixel][output channel / 4]

fn fetch_x(frame: u32, at: u32) -> vec4<u32> {
  switch frame {
    case 0u: { return x_oldest[at]; }
    case 1u: { return x_previous[at]; }
    default: { return x_current[at]; }
  }
}

fn load_patch(lane: u32, frame: u32, first_channel: u32) {
  let eight = lane % (STEP_CHANNELS / 8u);
  for (var pixel = lane / (STEP_CHANNELS / 8u); pixel < PATCH; pixel += INVOCATIONS / (STEP_CHANNELS / 8u)) {
    let at = sh_pixel[pixel];
    let values = select(vec4<u32>(), fetch_x(frame, (u32(max(at, 0)) + first_channel) / 8u + eight), at >= 0);
    sh_x[pixel * X_PITCH + eight] = values;
  }
}

// The i-th of a lane's eights among the weights of a tap: its channel, and which eight of its output channels.
fn place(lane: u32, i: u32) -> vec2<u32> {
  let index = lane + i * INVOCATIONS;
  return vec2<u32>(index / EIGHTS, index % EIGHTS);
}

fn weight_offset(lane: u32, i: u32) -> u32 {
  return place(lane, i).x * TAPS * params.weight_row + 2u * place(lane, i).y;
}

fn fetch_weight8(at: u32) -> vec4<u32> {
  return vec4<u32>(weight[at], weight[at + 1u]);
}

fn put_weight8(lane: u32, i: u32, fetched: vec4<u32>) {
  sh_w[place(lane, i).x * W_PITCH + place(lane, i).y] = fetched;
}

fn left_part(source: u32, pixel: u32, channel: u32) -> LeftPart {
  return subgroupMatrixLoad<LeftPart, row_major>(&sh_x, pixel * X_PITCH + channel / 8u, X_PITCH);
}

fn right_part(source: u32, channel: u32, output: u32) -> RightPart {
  return subgroupMatrixLoad<RightPart, row_major>(&sh_w, channel * W_PITCH + output / 8u, W_PITCH);
}

// Rows count over all subgroups' sums.
fn put_part(part: SumsPart, row: u32, column: u32) {
  subgroupMatrixStore<row_major>(&sh_sums, (row * SIDE + column) / 4u, part, SIDE / 4u);
}

// A row of 16 pixels × 16 channels, by way of workgroup memory: only there does a lane see a sum.
fn store_sums(sums: Sums, position: vec2<u32>, channel: u32, lane: u32) {
  let own = lane / SUBGROUP * SIDE * SIDE / 4u;
  workgroupBarrier();
  put_sums(sums, lane / SUBGROUP * SIDE, 0u);
  workgroupBarrier();
  for (var i = lane % SUBGROUP; i < SIDE * SIDE / 4u; i += SUBGROUP) {
    store4(position + vec2(i / 4u, 0u), channel + i % 4u * 4u, sh_sums[own + i]);
  }
}

fn convolve(tile: vec3<u32>, lane: u32) {
  let corner = tile.yz * vec2(COLUMNS, ROWS) + vec2(0u, params.first_row);
  let chunks = params.in_channels / STEP_CHANNELS;
  let taps = params.kernel_hw / WINDOW; // along each axis, of those not in the window
  let first_step = params.first_frame * taps * taps * chunks;
  let last_step = params.kernel_t * taps * taps * chunks;
  var at = first_place();
  let row = lane / SUBGROUP / 2u * 4u;
  let output = lane / SUBGROUP % 2u * 48u;
  let offsets = vec3<u32>(weight_offset(lane, 0u), weight_offset(lane, 1u), weight_offset(lane, 2u));
  var weights = first_step * STEP_CHANNELS * TAPS * params.weight_row + tile.x * 2u * EIGHTS;
  var w0 = fetch_weight8(weights + offsets.x);
  var w1 = fetch_weight8(weights + offsets.y);
  var w2 = fetch_weight8(weights + offsets.z);
  var sums00 = Sums(); var sums01 = Sums(); var sums02 = Sums();
  var sums10 = Sums(); var sums11 = Sums(); var sums12 = Sums();
  var sums20 = Sums(); var sums21 = Sums(); var sums22 = Sums();
  var sums30 = Sums(); var sums31 = Sums(); var sums32 = Sums();
  for (var step = first_step; step < last_step; step++) {
    if (at.chunk == 0u) {
      place_patch(lane, corner, at.tap);
    }
    for (var i = 0u; i < TAPS; i++) {
      workgroupBarrier();
      if (i == 0u) {
        load_patch(lane, at.frame, at.chunk * STEP_CHANNELS);
      }
      put_weight8(lane, 0u, w0);
      put_weight8(lane, 1u, w1);
      put_weight8(lane, 2u, w2);
      workgroupBarrier();
      weights += select(1u, (STEP_CHANNELS - 1u) * TAPS + 1u, i + 1u == TAPS) * params.weight_row; // to the next tap, or step
      w0 = fetch_weight8(weights + offsets.x);
      w1 = fetch_weight8(weights + offsets.y);
      w2 = fetch_weight8(weights + offsets.z);
      let pixel = (row + i / WINDOW) * PITCH + i % WINDOW;
      for (var c = 0u; c < STEP_CHANNELS; c += SIDE) {
        let left0 = left(0u, pixel, c);
        let left1 = left(0u, pixel + PITCH, c);
        let left2 = left(0u, pixel + 2u * PITCH, c);
        let left3 = left(0u, pixel + 3u * PITCH, c);
        let right0 = right(0u, c, output);
        sums00 = multiply_add(left0, right0, sums00);
        sums10 = multiply_add(left1, right0, sums10);
        sums20 = multiply_add(left2, right0, sums20);
        sums30 = multiply_add(left3, right0, sums30);
        let right1 = right(0u, c, output + SIDE);
        sums01 = multiply_add(left0, right1, sums01);
        sums11 = multiply_add(left1, right1, sums11);
        sums21 = multiply_add(left2, right1, sums21);
        sums31 = multiply_add(left3, right1, sums31);
        let right2 = right(0u, c, output + 2u * SIDE);
        sums02 = multiply_add(left0, right2, sums02);
        sums12 = multiply_add(left1, right2, sums12);
        sums22 = multiply_add(left2, right2, sums22);
        sums32 = multiply_add(left3, right2, sums32);
      }
    }
    at = next_place(at, chunks, taps);
  }
  let position = corner + vec2(0u, row);
  let channel = tile.x * CHANNELS + output;
  store_sums(sums00, position, channel, lane);
  store_sums(sums01, position, channel + SIDE, lane);
  store_sums(sums02, position, channel + 2u * SIDE, lane);
  store_sums(sums10, position + vec2(0u, 1u), channel, lane);
  store_sums(sums11, position + vec2(0u, 1u), channel + SIDE, lane);
  store_sums(sums12, position + vec2(0u, 1u), channel + 2u * SIDE, lane);
  store_sums(sums20, position + vec2(0u, 2u), channel, lane);
  store_sums(sums21, position + vec2(0u, 2u), channel + SIDE, lane);
  store_sums(sums22, position + vec2(0u, 2u), channel + 2u * SIDE, lane);
  store_sums(sums30, position + vec2(0u, 3u), channel, lane);
  store_sums(sums31, position + vec2(0u, 3u), channel + SIDE, lane);
  store_sums(sums32, position + vec2(0u, 3u), channel + 2u * SIDE, lane);
}
