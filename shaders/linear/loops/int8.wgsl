// 64 tokens by 64 outputs, 8 by 8 lanes, each 8 tokens by 8 outputs, in products of int8 (dot4I8Packed). The inputs of a
// token are rounded to int8 as they come into workgroup memory, with a scale for each block of 32, which is also the
// weights' block: y = Σ over blocks of x_scale · (w_scale · Σ qx·qw + w_min · Σ qx). The rounding's relative error is about
// 5e-3. While a block is multiplied the next one is on its way from memory, in registers.
// Reads the bindings x, weight (q8 or q4) and scales and params.{tokens, rows, cols, stride}; gives the sums to the
// kernel's store4(token, row, sums), four outputs of one token at a time.
// What limits it on a GPU: dot products, at half the rate of FMA or less; a lane has 64 sums in i32 and 64 in f32.
// TILE_TOKENS, TILE_ROWS and INVOCATIONS are 64: each lane loads a token and an output.
//! slot weight (linear/weights/{q8,q4}): fetch_weight16(at), int8_of(fetched), scale_min_of(fetched, at)
//! given x_scalar, TILE_TOKENS, TILE_ROWS
const BLOCK = 32u;
const WORDS = BLOCK / 4u;
const STEP = 8u; // from one of a lane's tokens to the next
const HALF = TILE_ROWS / 2u;
// A sum of integers begins at the bits of this float, where one more is the next float: so the bits of a sum below 2^22,
// and 32 · 127 · 127 is, become a float by a subtraction. A conversion is slow on many GPUs.
const ZERO = 12582912.0; // 2^23 + 2^22

var<workgroup> sh_x: array<array<u32, TILE_TOKENS>, WORDS>; // [word][token]: four inputs a word
var<workgroup> sh_weight: array<array<u32, TILE_ROWS>, WORDS>; // [word][output]
var<workgroup> sh_x_scale: array<vec2<f32>, TILE_TOKENS>; // scale, and scale · Σ q
var<workgroup> sh_weight_scale: array<vec2<f32>, TILE_ROWS>; // scale and minimum

fn largest(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) -> f32 {
  let each = max(max(abs(a), abs(b)), max(abs(c), abs(d)));
  return max(max(each.x, each.y), max(each.z, each.w));
}

// Rounded, as ZERO has no bits for fractions.
fn pack(values: vec4<f32>) -> u32 {
  let bytes = bitcast<vec4<u32>>(values + ZERO) & vec4<u32>(0xffu);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

// Products of a token's word with those of four outputs.
fn dots(x: u32, w: vec4<u32>) -> vec4<i32> {
  return vec4<i32>(dot4I8Packed(x, w.x), dot4I8Packed(x, w.y), dot4I8Packed(x, w.z), dot4I8Packed(x, w.w));
}

fn put_token(line: u32, col: u32, x: array<vec4<x_scalar>, 8>) {
  let v0 = unpack_x4(x[0], col);
  let v1 = unpack_x4(x[1], col + 4u);
  let v2 = unpack_x4(x[2], col + 8u);
  let v3 = unpack_x4(x[3], col + 12u);
  let v4 = unpack_x4(x[4], col + 16u);
  let v5 = unpack_x4(x[5], col + 20u);
  let v6 = unpack_x4(x[6], col + 24u);
  let v7 = unpack_x4(x[7], col + 28u);
  let scale = max(largest(v0, v1, v2, v3), largest(v4, v5, v6, v7)) / 127.0;
  let steps = 1.0 / max(scale, 1e-30); // a block of zeros stays zeros
  let first = vec4<u32>(pack(steps * v0), pack(steps * v1), pack(steps * v2), pack(steps * v3));
  let second = vec4<u32>(pack(steps * v4), pack(steps * v5), pack(steps * v6), pack(steps * v7));
  sh_x[0][line] = first.x;
  sh_x[1][line] = first.y;
  sh_x[2][line] = first.z;
  sh_x[3][line] = first.w;
  sh_x[4][line] = second.x;
  sh_x[5][line] = second.y;
  sh_x[6][line] = second.z;
  sh_x[7][line] = second.w;
  let sums = dots(0x01010101u, first) + dots(0x01010101u, second);
  sh_x_scale[line] = vec2<f32>(scale, scale * f32(sums.x + sums.y + sums.z + sums.w));
}

fn put_weight(line: u32, first: vec4<u32>, second: vec4<u32>, scale_min: vec2<f32>) {
  sh_weight[0][line] = first.x;
  sh_weight[1][line] = first.y;
  sh_weight[2][line] = first.z;
  sh_weight[3][line] = first.w;
  sh_weight[4][line] = second.x;
  sh_weight[5][line] = second.y;
  sh_weight[6][line] = second.z;
  sh_weight[7][line] = second.w;
  sh_weight_scale[line] = scale_min;
}

// Eight inputs in fours, as they lie in memory.
fn fetch_token(at: u32) -> array<vec4<x_scalar>, 8> {
  return array(fetch_x4(at), fetch_x4(at + 4u), fetch_x4(at + 8u), fetch_x4(at + 12u), fetch_x4(at + 16u), fetch_x4(at + 20u), fetch_x4(at + 24u), fetch_x4(at + 28u));
}

// What a block adds to the sums of a token and four outputs.
fn scaled(products: vec4<i32>, x: vec2<f32>, scale: vec4<f32>, minimum: vec4<f32>) -> vec4<f32> {
  return x.x * scale * (bitcast<vec4<f32>>(products) - ZERO) + x.y * minimum;
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  // Loading. What lies past the last token or output is another's: its sums are not stored.
  let from_x = min(first_token + lane, params.tokens - 1u) * params.cols;
  let from_w = min(first_row + lane, params.rows - 1u) * params.stride;
  var x = fetch_token(from_x);
  var w0 = fetch_weight16(from_w);
  var w1 = fetch_weight16(from_w + 16u);
  var scale_word = fetch_scale(from_w);
  // Multiplying.
  let token = lane / STEP;
  let row = lane % STEP * 4u; // and half a tile further
  var sums_a0 = vec4<f32>(); var sums_b0 = vec4<f32>();
  var sums_a1 = vec4<f32>(); var sums_b1 = vec4<f32>();
  var sums_a2 = vec4<f32>(); var sums_b2 = vec4<f32>();
  var sums_a3 = vec4<f32>(); var sums_b3 = vec4<f32>();
  var sums_a4 = vec4<f32>(); var sums_b4 = vec4<f32>();
  var sums_a5 = vec4<f32>(); var sums_b5 = vec4<f32>();
  var sums_a6 = vec4<f32>(); var sums_b6 = vec4<f32>();
  var sums_a7 = vec4<f32>(); var sums_b7 = vec4<f32>();
  let zero = vec4<i32>(bitcast<i32>(ZERO));
  for (var k = 0u; k < params.cols; k += BLOCK) {
    workgroupBarrier();
    put_token(lane, k, x);
    put_weight(lane, int8_of(w0), int8_of(w1), scale_min_of(scale_word, from_w + k));
    workgroupBarrier();
    let next = k + BLOCK;
    x = fetch_token(from_x + next);
    w0 = fetch_weight16(from_w + next);
    w1 = fetch_weight16(from_w + next + 16u);
    scale_word = fetch_scale(from_w + next);
    var dots_a0 = zero; var dots_b0 = zero;
    var dots_a1 = zero; var dots_b1 = zero;
    var dots_a2 = zero; var dots_b2 = zero;
    var dots_a3 = zero; var dots_b3 = zero;
    var dots_a4 = zero; var dots_b4 = zero;
    var dots_a5 = zero; var dots_b5 = zero;
    var dots_a6 = zero; var dots_b6 = zero;
    var dots_a7 = zero; var dots_b7 = zero;
    for (var i = 0u; i < WORDS; i++) {
      let wa = vec4<u32>(sh_weight[i][row], sh_weight[i][row + 1u], sh_weight[i][row + 2u], sh_weight[i][row + 3u]);
      let wb = vec4<u32>(sh_weight[i][HALF + row], sh_weight[i][HALF + row + 1u], sh_weight[i][HALF + row + 2u], sh_weight[i][HALF + row + 3u]);
      let x0 = sh_x[i][token]; dots_a0 += dots(x0, wa); dots_b0 += dots(x0, wb);
      let x1 = sh_x[i][token + STEP]; dots_a1 += dots(x1, wa); dots_b1 += dots(x1, wb);
      let x2 = sh_x[i][token + 2u * STEP]; dots_a2 += dots(x2, wa); dots_b2 += dots(x2, wb);
      let x3 = sh_x[i][token + 3u * STEP]; dots_a3 += dots(x3, wa); dots_b3 += dots(x3, wb);
      let x4 = sh_x[i][token + 4u * STEP]; dots_a4 += dots(x4, wa); dots_b4 += dots(x4, wb);
      let x5 = sh_x[i][token + 5u * STEP]; dots_a5 += dots(x5, wa); dots_b5 += dots(x5, wb);
      let x6 = sh_x[i][token + 6u * STEP]; dots_a6 += dots(x6, wa); dots_b6 += dots(x6, wb);
      let x7 = sh_x[i][token + 7u * STEP]; dots_a7 += dots(x7, wa); dots_b7 += dots(x7, wb);
    }
    let a0 = sh_weight_scale[row];
    let a1 = sh_weight_scale[row + 1u];
    let a2 = sh_weight_scale[row + 2u];
    let a3 = sh_weight_scale[row + 3u];
    let a4 = sh_weight_scale[HALF + row];
    let a5 = sh_weight_scale[HALF + row + 1u];
    let a6 = sh_weight_scale[HALF + row + 2u];
    let a7 = sh_weight_scale[HALF + row + 3u];
    let scale_a = vec4<f32>(a0.x, a1.x, a2.x, a3.x);
    let scale_b = vec4<f32>(a4.x, a5.x, a6.x, a7.x);
    let minimum_a = vec4<f32>(a0.y, a1.y, a2.y, a3.y);
    let minimum_b = vec4<f32>(a4.y, a5.y, a6.y, a7.y);
    let s0 = sh_x_scale[token];
    sums_a0 += scaled(dots_a0, s0, scale_a, minimum_a);
    sums_b0 += scaled(dots_b0, s0, scale_b, minimum_b);
    let s1 = sh_x_scale[token + STEP];
    sums_a1 += scaled(dots_a1, s1, scale_a, minimum_a);
    sums_b1 += scaled(dots_b1, s1, scale_b, minimum_b);
    let s2 = sh_x_scale[token + 2u * STEP];
    sums_a2 += scaled(dots_a2, s2, scale_a, minimum_a);
    sums_b2 += scaled(dots_b2, s2, scale_b, minimum_b);
    let s3 = sh_x_scale[token + 3u * STEP];
    sums_a3 += scaled(dots_a3, s3, scale_a, minimum_a);
    sums_b3 += scaled(dots_b3, s3, scale_b, minimum_b);
    let s4 = sh_x_scale[token + 4u * STEP];
    sums_a4 += scaled(dots_a4, s4, scale_a, minimum_a);
    sums_b4 += scaled(dots_b4, s4, scale_b, minimum_b);
    let s5 = sh_x_scale[token + 5u * STEP];
    sums_a5 += scaled(dots_a5, s5, scale_a, minimum_a);
    sums_b5 += scaled(dots_b5, s5, scale_b, minimum_b);
    let s6 = sh_x_scale[token + 6u * STEP];
    sums_a6 += scaled(dots_a6, s6, scale_a, minimum_a);
    sums_b6 += scaled(dots_b6, s6, scale_b, minimum_b);
    let s7 = sh_x_scale[token + 7u * STEP];
    sums_a7 += scaled(dots_a7, s7, scale_a, minimum_a);
    sums_b7 += scaled(dots_b7, s7, scale_b, minimum_b);
  }
  store4(first_token + token, first_row + row, sums_a0);
  store4(first_token + token, first_row + HALF + row, sums_b0);
  store4(first_token + token + STEP, first_row + row, sums_a1);
  store4(first_token + token + STEP, first_row + HALF + row, sums_b1);
  store4(first_token + token + 2u * STEP, first_row + row, sums_a2);
  store4(first_token + token + 2u * STEP, first_row + HALF + row, sums_b2);
  store4(first_token + token + 3u * STEP, first_row + row, sums_a3);
  store4(first_token + token + 3u * STEP, first_row + HALF + row, sums_b3);
  store4(first_token + token + 4u * STEP, first_row + row, sums_a4);
  store4(first_token + token + 4u * STEP, first_row + HALF + row, sums_b4);
  store4(first_token + token + 5u * STEP, first_row + row, sums_a5);
  store4(first_token + token + 5u * STEP, first_row + HALF + row, sums_b5);
  store4(first_token + token + 6u * STEP, first_row + row, sums_a6);
  store4(first_token + token + 6u * STEP, first_row + HALF + row, sums_b6);
  store4(first_token + token + 7u * STEP, first_row + row, sums_a7);
  store4(first_token + token + 7u * STEP, first_row + HALF + row, sums_b7);
}
