// 128 tokens by 128 outputs on a GPU's matrix units: four subgroups of 32 lanes, each 64 by 64, products of f16 and sums of
// f32. Weights are rounded to f16 as they come into workgroup memory: relative error about 3e-4. While a step along the
// inputs is multiplied the next one is on its way from memory, in registers, as it lies there.
// Reads the bindings x (f16), weight and scales and params.{tokens, rows, cols, stride}; cols is a multiple of 4, tile and lanes are 128. Gives the
// sums to the kernel's store4(token, row, sums), four outputs of one token at a time.
// What limits it: bringing the inputs into workgroup memory takes as long as the products.
//! slot matrix (lib/matrix_*): SUBGROUP, SIDE, Left, Right, Sums, LeftPart, RightPart, SumsPart, left(source, row, k), right(source, k, column), put_sums(sums, row, column), multiply_add(a, b, sums)
//! given TILE_TOKENS, TILE_ROWS, INVOCATIONS

const TILE_K = 32u;
const QUADS = TILE_K / 4u; // vec4s of a line, and the lanes that load it
const LINES = INVOCATIONS / QUADS; // loaded at once
const PITCH = QUADS + 2u; // vec4s from a line to the next: eight lines begin in different banks
const OUT_QUADS = SIDE / 4u;

var<workgroup> sh_x: array<vec4<f16>, TILE_TOKENS * PITCH>; // [token][input / 4]
var<workgroup> sh_weight: array<vec4<f16>, TILE_ROWS * PITCH>; // [output][input / 4]
var<workgroup> sh_sums: array<vec4<f32>, INVOCATIONS / SUBGROUP * SIDE * OUT_QUADS>; // [subgroup][token][output / 4]

fn left_part(source: u32, token: u32, input: u32) -> LeftPart {
  return subgroupMatrixLoad<LeftPart, row_major>(&sh_x, token * PITCH + input / 4u, PITCH);
}

fn right_part(source: u32, input: u32, output: u32) -> RightPart {
  return subgroupMatrixLoad<RightPart, col_major>(&sh_weight, output * PITCH + input / 4u, PITCH);
}

// Rows count over all subgroups' sums.
fn put_part(part: SumsPart, row: u32, column: u32) {
  subgroupMatrixStore<row_major>(&sh_sums, row * OUT_QUADS + column / 4u, part, OUT_QUADS);
}

// 16 tokens by 16 outputs, by way of workgroup memory: only there does a lane see a sum.
fn store_sums(sums: Sums, token: u32, row: u32, lane: u32) {
  let own = lane / SUBGROUP * SIDE * OUT_QUADS;
  put_sums(sums, lane / SUBGROUP * SIDE, 0u);
  workgroupBarrier();
  for (var i = lane % SUBGROUP; i < SIDE * OUT_QUADS; i += SUBGROUP) {
    store4(token + i / OUT_QUADS, row + i % OUT_QUADS * 4u, sh_sums[own + i]);
  }
  workgroupBarrier();
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  // Loading. What lies past the last token or output is another's: its sums are not stored.
  let line = lane / QUADS;
  let lines = line + LINES * vec4<u32>(0u, 1u, 2u, 3u);
  let input = 4u * (lane % QUADS);
  let last_token = vec4<u32>(params.tokens - 1u);
  let last_row = vec4<u32>(params.rows - 1u);
  let from_xa = min(first_token + lines, last_token) * params.cols + input;
  let from_xb = min(first_token + lines + 4u * LINES, last_token) * params.cols + input;
  let from_wa = min(first_row + lines, last_row) * params.stride + input;
  let from_wb = min(first_row + lines + 4u * LINES, last_row) * params.stride + input;
  var x0 = fetch_x4(from_xa.x); var w0 = fetch_weight4(from_wa.x); var scale0 = fetch_scale(from_wa.x);
  var x1 = fetch_x4(from_xa.y); var w1 = fetch_weight4(from_wa.y); var scale1 = fetch_scale(from_wa.y);
  var x2 = fetch_x4(from_xa.z); var w2 = fetch_weight4(from_wa.z); var scale2 = fetch_scale(from_wa.z);
  var x3 = fetch_x4(from_xa.w); var w3 = fetch_weight4(from_wa.w); var scale3 = fetch_scale(from_wa.w);
  var x4 = fetch_x4(from_xb.x); var w4 = fetch_weight4(from_wb.x); var scale4 = fetch_scale(from_wb.x);
  var x5 = fetch_x4(from_xb.y); var w5 = fetch_weight4(from_wb.y); var scale5 = fetch_scale(from_wb.y);
  var x6 = fetch_x4(from_xb.z); var w6 = fetch_weight4(from_wb.z); var scale6 = fetch_scale(from_wb.z);
  var x7 = fetch_x4(from_xb.w); var w7 = fetch_weight4(from_wb.w); var scale7 = fetch_scale(from_wb.w);
  // Multiplying.
  let token = lane / SUBGROUP / 2u * 64u;
  let row = lane / SUBGROUP % 2u * 64u;
  var sums00 = Sums(); var sums01 = Sums(); var sums02 = Sums(); var sums03 = Sums();
  var sums10 = Sums(); var sums11 = Sums(); var sums12 = Sums(); var sums13 = Sums();
  var sums20 = Sums(); var sums21 = Sums(); var sums22 = Sums(); var sums23 = Sums();
  var sums30 = Sums(); var sums31 = Sums(); var sums32 = Sums(); var sums33 = Sums();
  for (var k = 0u; k < params.cols; k += TILE_K) {
    workgroupBarrier();
    let none = k + input >= params.cols;
    let place = line * PITCH + lane % QUADS;
    sh_x[place] = select(x0, vec4<f16>(), none);
    sh_x[place + LINES * PITCH] = select(x1, vec4<f16>(), none);
    sh_x[place + 2u * LINES * PITCH] = select(x2, vec4<f16>(), none);
    sh_x[place + 3u * LINES * PITCH] = select(x3, vec4<f16>(), none);
    sh_x[place + 4u * LINES * PITCH] = select(x4, vec4<f16>(), none);
    sh_x[place + 5u * LINES * PITCH] = select(x5, vec4<f16>(), none);
    sh_x[place + 6u * LINES * PITCH] = select(x6, vec4<f16>(), none);
    sh_x[place + 7u * LINES * PITCH] = select(x7, vec4<f16>(), none);
    let at_a = from_wa + k;
    let at_b = from_wb + k;
    sh_weight[place] = vec4<f16>(unpack_weight4(w0, scale0, at_a.x));
    sh_weight[place + LINES * PITCH] = vec4<f16>(unpack_weight4(w1, scale1, at_a.y));
    sh_weight[place + 2u * LINES * PITCH] = vec4<f16>(unpack_weight4(w2, scale2, at_a.z));
    sh_weight[place + 3u * LINES * PITCH] = vec4<f16>(unpack_weight4(w3, scale3, at_a.w));
    sh_weight[place + 4u * LINES * PITCH] = vec4<f16>(unpack_weight4(w4, scale4, at_b.x));
    sh_weight[place + 5u * LINES * PITCH] = vec4<f16>(unpack_weight4(w5, scale5, at_b.y));
    sh_weight[place + 6u * LINES * PITCH] = vec4<f16>(unpack_weight4(w6, scale6, at_b.z));
    sh_weight[place + 7u * LINES * PITCH] = vec4<f16>(unpack_weight4(w7, scale7, at_b.w));
    workgroupBarrier();
    let next = k + TILE_K;
    x0 = fetch_x4(from_xa.x + next); w0 = fetch_weight4(from_wa.x + next); scale0 = fetch_scale(from_wa.x + next);
    x1 = fetch_x4(from_xa.y + next); w1 = fetch_weight4(from_wa.y + next); scale1 = fetch_scale(from_wa.y + next);
    x2 = fetch_x4(from_xa.z + next); w2 = fetch_weight4(from_wa.z + next); scale2 = fetch_scale(from_wa.z + next);
    x3 = fetch_x4(from_xa.w + next); w3 = fetch_weight4(from_wa.w + next); scale3 = fetch_scale(from_wa.w + next);
    x4 = fetch_x4(from_xb.x + next); w4 = fetch_weight4(from_wb.x + next); scale4 = fetch_scale(from_wb.x + next);
    x5 = fetch_x4(from_xb.y + next); w5 = fetch_weight4(from_wb.y + next); scale5 = fetch_scale(from_wb.y + next);
    x6 = fetch_x4(from_xb.z + next); w6 = fetch_weight4(from_wb.z + next); scale6 = fetch_scale(from_wb.z + next);
    x7 = fetch_x4(from_xb.w + next); w7 = fetch_weight4(from_wb.w + next); scale7 = fetch_scale(from_wb.w + next);
    for (var step = 0u; step < TILE_K; step += SIDE) {
      let left0 = left(0u, token, step);
      let left1 = left(0u, token + SIDE, step);
      let left2 = left(0u, token + 2u * SIDE, step);
      let left3 = left(0u, token + 3u * SIDE, step);
      let right0 = right(0u, step, row);
      sums00 = multiply_add(left0, right0, sums00);
      sums10 = multiply_add(left1, right0, sums10);
      sums20 = multiply_add(left2, right0, sums20);
      sums30 = multiply_add(left3, right0, sums30);
      let right1 = right(0u, step, row + SIDE);
      sums01 = multiply_add(left0, right1, sums01);
      sums11 = multiply_add(left1, right1, sums11);
      sums21 = multiply_add(left2, right1, sums21);
      sums31 = multiply_add(left3, right1, sums31);
      let right2 = right(0u, step, row + 2u * SIDE);
      sums02 = multiply_add(left0, right2, sums02);
      sums12 = multiply_add(left1, right2, sums12);
      sums22 = multiply_add(left2, right2, sums22);
      sums32 = multiply_add(left3, right2, sums32);
      let right3 = right(0u, step, row + 3u * SIDE);
      sums03 = multiply_add(left0, right3, sums03);
      sums13 = multiply_add(left1, right3, sums13);
      sums23 = multiply_add(left2, right3, sums23);
      sums33 = multiply_add(left3, right3, sums33);
    }
  }
  let t = first_token + token;
  let r = first_row + row;
  store_sums(sums00, t, r, lane);
  store_sums(sums01, t, r + SIDE, lane);
  store_sums(sums02, t, r + 2u * SIDE, lane);
  store_sums(sums03, t, r + 3u * SIDE, lane);
  store_sums(sums10, t + SIDE, r, lane);
  store_sums(sums11, t + SIDE, r + SIDE, lane);
  store_sums(sums12, t + SIDE, r + 2u * SIDE, lane);
  store_sums(sums13, t + SIDE, r + 3u * SIDE, lane);
  store_sums(sums20, t + 2u * SIDE, r, lane);
  store_sums(sums21, t + 2u * SIDE, r + SIDE, lane);
  store_sums(sums22, t + 2u * SIDE, r + 2u * SIDE, lane);
  store_sums(sums23, t + 2u * SIDE, r + 3u * SIDE, lane);
  store_sums(sums30, t + 3u * SIDE, r, lane);
  store_sums(sums31, t + 3u * SIDE, r + SIDE, lane);
  store_sums(sums32, t + 3u * SIDE, r + 2u * SIDE, lane);
  store_sums(sums33, t + 3u * SIDE, r + 3u * SIDE, lane);
}
