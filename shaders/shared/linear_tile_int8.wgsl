// 64 tokens by 64 outputs, 8 by 16 lanes, each 8 tokens by 4 outputs, in products of int8 (dot4I8Packed). The inputs of a
// token are rounded to int8 as they are loaded, with a scale for each block of 32, which is also the weights' block:
// y = Σ over blocks of x_scale · (w_scale · Σ qx·qw + w_min · Σ qx). The rounding's relative error is about 5e-3.
// Reads the bindings x, weight (q8 or q4) and scales and params.{tokens, rows, cols, stride}; gives the sums to the
// kernel's store4(token, row, sums), four outputs of one token at a time.
// What limits it on a GPU: 32 dot products of 4 need 1.5 vec4 reads of workgroup memory, and every 8 of them 4 operations
// in f32 to scale their sum. Blocks take turns in two buffers, so that one barrier a block is enough: nobody fills a
// buffer again before all have passed the barrier of the other.
#import column

const TILE_TOKENS = 64u;
const TILE_ROWS = 64u;
const INVOCATIONS = 128u; // the first half load tokens, the second outputs
const TOKENS = 8u; // of a lane
const LANES_W = TILE_ROWS / 4u;
const BLOCK = 32u;
// A sum of integers begins at the bits of this float, where one more is the next float: so the bits of a sum below 2^22,
// and 32 · 127 · 127 is, become a float by a subtraction. A conversion is slow on many GPUs.
const ZERO = 12582912.0; // 2^23 + 2^22

// [buffer][half of the block][line]: 16 inputs of a token, or of an output.
var<workgroup> sh_x: array<vec4<u32>, 4u * TILE_TOKENS>;
var<workgroup> sh_weight: array<vec4<u32>, 4u * TILE_ROWS>;
// [buffer][line]: a token's scale and scale · Σ q; an output's scale and minimum.
var<workgroup> sh_x_scale: array<vec2<f32>, 2u * TILE_TOKENS>;
var<workgroup> sh_weight_scale: array<vec2<f32>, 2u * TILE_ROWS>;

// Zeros past the last token and input.
fn load_token(token: u32, col: u32) -> vec4<f32> {
  if (token < params.tokens && col < params.cols) {
    return unpack_x4(fetch_x4(token * params.cols + col), col);
  }
  return vec4<f32>();
}

fn load16(token: u32, col: u32) -> mat4x4<f32> {
  return mat4x4<f32>(load_token(token, col), load_token(token, col + 4u), load_token(token, col + 8u), load_token(token, col + 12u));
}

fn largest(x: mat4x4<f32>) -> f32 {
  let each = max(max(abs(x[0]), abs(x[1])), max(abs(x[2]), abs(x[3])));
  return max(max(each.x, each.y), max(each.z, each.w));
}

fn pack4(x: vec4<f32>) -> u32 {
  return pack4xI8(vec4<i32>(round(x)));
}

fn pack16(x: mat4x4<f32>) -> vec4<u32> {
  return vec4<u32>(pack4(x[0]), pack4(x[1]), pack4(x[2]), pack4(x[3]));
}

fn dot16(x: vec4<u32>, w: vec4<u32>) -> i32 {
  return dot4I8Packed(x.x, w.x) + dot4I8Packed(x.y, w.y) + dot4I8Packed(x.z, w.z) + dot4I8Packed(x.w, w.w);
}

// Rounds a token's block into workgroup memory.
fn fill_x(buffer: u32, line: u32, token: u32, col: u32) {
  let first = load16(token, col);
  let second = load16(token, col + 16u);
  let scale = max(largest(first), largest(second)) / 127.0;
  let steps = 1.0 / max(scale, 1e-30); // a block of zeros stays zeros
  let q_first = pack16(steps * first);
  let q_second = pack16(steps * second);
  let ones = vec4<u32>(0x01010101u);
  sh_x[2u * buffer * TILE_TOKENS + line] = q_first;
  sh_x[(2u * buffer + 1u) * TILE_TOKENS + line] = q_second;
  sh_x_scale[buffer * TILE_TOKENS + line] = vec2<f32>(scale, scale * f32(dot16(q_first, ones) + dot16(q_second, ones)));
}

// The four outputs of a lane are put a quarter of the tile apart: neighbours read neighbours.
fn fill_weight(buffer: u32, line: u32, row: u32, col: u32) {
  let to = line % 4u * LANES_W + line / 4u;
  sh_weight[2u * buffer * TILE_ROWS + to] = load_weight_int8(row, col);
  sh_weight[(2u * buffer + 1u) * TILE_ROWS + to] = load_weight_int8(row, col + 16u);
  sh_weight_scale[buffer * TILE_ROWS + to] = load_scale_min(row, col);
}

// A block of four outputs.
struct Outputs {
  first: array<vec4<u32>, 4>, // 16 inputs each
  second: array<vec4<u32>, 4>,
  scale: vec4<f32>,
  minimum: vec4<f32>,
}

fn outputs(buffer: u32, lane: u32) -> Outputs {
  let first = 2u * buffer * TILE_ROWS + lane;
  let second = first + TILE_ROWS;
  let scale_min = buffer * TILE_ROWS + lane;
  let a = sh_weight_scale[scale_min];
  let b = sh_weight_scale[scale_min + LANES_W];
  let c = sh_weight_scale[scale_min + 2u * LANES_W];
  let d = sh_weight_scale[scale_min + 3u * LANES_W];
  return Outputs(
    array(sh_weight[first], sh_weight[first + LANES_W], sh_weight[first + 2u * LANES_W], sh_weight[first + 3u * LANES_W]),
    array(sh_weight[second], sh_weight[second + LANES_W], sh_weight[second + 2u * LANES_W], sh_weight[second + 3u * LANES_W]),
    vec4<f32>(a.x, b.x, c.x, d.x),
    vec4<f32>(a.y, b.y, c.y, d.y),
  );
}

// What a block adds to four sums of a token.
fn products(buffer: u32, token: u32, w: Outputs) -> vec4<f32> {
  let x0 = sh_x[2u * buffer * TILE_TOKENS + token];
  let x1 = sh_x[(2u * buffer + 1u) * TILE_TOKENS + token];
  let scale = sh_x_scale[buffer * TILE_TOKENS + token];
  let dots = vec4<i32>(
    dot16(x0, w.first[0]) + dot16(x1, w.second[0]),
    dot16(x0, w.first[1]) + dot16(x1, w.second[1]),
    dot16(x0, w.first[2]) + dot16(x1, w.second[2]),
    dot16(x0, w.first[3]) + dot16(x1, w.second[3]),
  );
  let sums = bitcast<vec4<f32>>(bitcast<i32>(ZERO) + dots) - ZERO;
  return scale.x * w.scale * sums + scale.y * w.minimum;
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  let token = lane / LANES_W * TOKENS;
  var sum0 = mat4x4<f32>(); // of tokens 0 to 3
  var sum1 = mat4x4<f32>();
  for (var k = 0u; k < params.cols; k += BLOCK) {
    let buffer = k / BLOCK % 2u;
    if (lane < TILE_TOKENS) {
      fill_x(buffer, lane, first_token + lane, k);
    } else {
      let line = lane - TILE_TOKENS;
      fill_weight(buffer, line, min(first_row + line, params.rows - 1u), k);
    }
    workgroupBarrier();
    let w = outputs(buffer, lane % LANES_W);
    sum0 += mat4x4<f32>(products(buffer, token, w), products(buffer, token + 1u, w), products(buffer, token + 2u, w), products(buffer, token + 3u, w));
    sum1 += mat4x4<f32>(products(buffer, token + 4u, w), products(buffer, token + 5u, w), products(buffer, token + 6u, w), products(buffer, token + 7u, w));
  }
  let row = first_row + lane % LANES_W * 4u;
  for (var i = 0u; i < 4u; i++) {
    store4(first_token + token + i, row, column(sum0, i));
    store4(first_token + token + 4u + i, row, column(sum1, i));
  }
}
