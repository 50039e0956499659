// The tile of x·wᵀ that a workgroup computes, 8 × 8 elements a lane, through workgroup memory; the slot accumulate
// decides in which type. While a step along the inputs is multiplied the next one is on its way from memory, in registers, as it lies there:
// unpacking it at once would wait for it.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; gives the sums to the kernel's
// store4(token, row, sums), four outputs of one token at a time.
// What limits it on a GPU: an input of the tile is 4 vec4 reads of workgroup memory for 64 FMA a lane, near that memory's
// rate. Every index that is no constant is clamped, at three operations a read: so four inputs are written out.
//! slot accumulate (lib/accumulate_*): product, part_of(sum), with_part(sum, part)
//! given x_scalar, TILE_TOKENS, TILE_ROWS, INVOCATIONS
#import lib/outer.wgsl
#import lib/column.wgsl

const TILE_K = 16u;
const QUADS_K = TILE_K / 4u;
const REGISTER = 8u;
const LINES_X = TILE_TOKENS / 4u; // vec4s of an input of the tile
const LINES_W = TILE_ROWS / 4u;
// A step has one block of 4 lines by 4 inputs for each of the first lanes in x, and of the last lanes in w.
const BLOCKS_X = LINES_X * QUADS_K;
const BLOCKS_W = LINES_W * QUADS_K;

// [input / 4][input % 4][line]: four tokens, or four outputs, at one input. Eight neighbours store two lines of four fours
// of inputs: shuffled by the four, they fall on different banks.
var<workgroup> sh_x: array<array<array<vec4<product>, LINES_X>, 4>, QUADS_K>;
var<workgroup> sh_weight: array<array<array<vec4<product>, LINES_W>, 4>, QUADS_K>;

fn place(line: u32, quad: u32) -> u32 {
  return line ^ (2u * quad);
}

fn columns_of(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) -> mat4x4<product> {
  return mat4x4<product>(transpose(mat4x4<f32>(a, b, c, d)));
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  // Loading. What lies past the last token or output is another's: its sums are not stored.
  let loads_x = lane < BLOCKS_X;
  let loads_w = lane >= INVOCATIONS - BLOCKS_W;
  let block_w = (lane + BLOCKS_W - INVOCATIONS) % BLOCKS_W;
  let quad_x = lane % QUADS_K;
  let quad_w = block_w % QUADS_K;
  let line_x = lane / QUADS_K;
  let line_w = block_w / QUADS_K;
  let four = vec4<u32>(0u, 1u, 2u, 3u);
  let from_x = min(first_token + 4u * line_x + four, vec4<u32>(params.tokens - 1u)) * params.cols + 4u * quad_x;
  let from_w = min(first_row + 4u * line_w + four, vec4<u32>(params.rows - 1u)) * params.stride + 4u * quad_w;
  var x: mat4x4<x_scalar>;
  var w: array<weight_four, 4>;
  var scale: vec4<u32>;
  if (loads_x) {
    x = mat4x4<x_scalar>(fetch_x4(from_x.x), fetch_x4(from_x.y), fetch_x4(from_x.z), fetch_x4(from_x.w));
  }
  if (loads_w) {
    w = array(fetch_weight4(from_w.x), fetch_weight4(from_w.y), fetch_weight4(from_w.z), fetch_weight4(from_w.w));
    scale = vec4<u32>(fetch_scale(from_w.x), fetch_scale(from_w.y), fetch_scale(from_w.z), fetch_scale(from_w.w));
  }
  // Multiplying: the second four outputs are half a tile from the first, so that neighbours read neighbours.
  let token = lane / (TILE_ROWS / REGISTER) * 2u;
  let row = lane % (TILE_ROWS / REGISTER);
  var sum00 = mat4x4<f32>();
  var sum01 = mat4x4<f32>();
  var sum10 = mat4x4<f32>();
  var sum11 = mat4x4<f32>();
  for (var k = 0u; k < params.cols; k += TILE_K) {
    workgroupBarrier();
    if (loads_x) {
      let col = k + 4u * quad_x;
      let columns = columns_of(unpack_x4(x[0], col), unpack_x4(x[1], col), unpack_x4(x[2], col), unpack_x4(x[3], col));
      let to = place(line_x, quad_x);
      sh_x[quad_x][0][to] = columns[0];
      sh_x[quad_x][1][to] = columns[1];
      sh_x[quad_x][2][to] = columns[2];
      sh_x[quad_x][3][to] = columns[3];
    }
    if (loads_w) {
      let at = from_w + k;
      let columns = columns_of(unpack_weight4(w[0], scale.x, at.x), unpack_weight4(w[1], scale.y, at.y), unpack_weight4(w[2], scale.z, at.z), unpack_weight4(w[3], scale.w, at.w));
      let to = place(line_w, quad_w);
      sh_weight[quad_w][0][to] = columns[0];
      sh_weight[quad_w][1][to] = columns[1];
      sh_weight[quad_w][2][to] = columns[2];
      sh_weight[quad_w][3][to] = columns[3];
    }
    workgroupBarrier();
    let next = k + TILE_K;
    if (loads_x) {
      x = mat4x4<x_scalar>(fetch_x4(from_x.x + next), fetch_x4(from_x.y + next), fetch_x4(from_x.z + next), fetch_x4(from_x.w + next));
    }
    if (loads_w) {
      let at = from_w + next;
      w = array(fetch_weight4(at.x), fetch_weight4(at.y), fetch_weight4(at.z), fetch_weight4(at.w));
      scale = vec4<u32>(fetch_scale(at.x), fetch_scale(at.y), fetch_scale(at.z), fetch_scale(at.w));
    }
    var part00 = part_of(sum00);
    var part01 = part_of(sum01);
    var part10 = part_of(sum10);
    var part11 = part_of(sum11);
    for (var i = 0u; i < QUADS_K; i++) {
      let token0 = place(token, i);
      let token1 = place(token + 1u, i);
      let row0 = place(row, i);
      let row1 = place(row + LINES_W / 2u, i);
      let x00 = sh_x[i][0][token0];
      let x10 = sh_x[i][0][token1];
      let w00 = sh_weight[i][0][row0];
      let w10 = sh_weight[i][0][row1];
      part00 += outer(x00, w00);
      part01 += outer(x00, w10);
      part10 += outer(x10, w00);
      part11 += outer(x10, w10);
      let x01 = sh_x[i][1][token0];
      let x11 = sh_x[i][1][token1];
      let w01 = sh_weight[i][1][row0];
      let w11 = sh_weight[i][1][row1];
      part00 += outer(x01, w01);
      part01 += outer(x01, w11);
      part10 += outer(x11, w01);
      part11 += outer(x11, w11);
      let x02 = sh_x[i][2][token0];
      let x12 = sh_x[i][2][token1];
      let w02 = sh_weight[i][2][row0];
      let w12 = sh_weight[i][2][row1];
      part00 += outer(x02, w02);
      part01 += outer(x02, w12);
      part10 += outer(x12, w02);
      part11 += outer(x12, w12);
      let x03 = sh_x[i][3][token0];
      let x13 = sh_x[i][3][token1];
      let w03 = sh_weight[i][3][row0];
      let w13 = sh_weight[i][3][row1];
      part00 += outer(x03, w03);
      part01 += outer(x03, w13);
      part10 += outer(x13, w03);
      part11 += outer(x13, w13);
    }
    sum00 = with_part(sum00, part00);
    sum01 = with_part(sum01, part01);
    sum10 = with_part(sum10, part10);
    sum11 = with_part(sum11, part11);
  }
  let out_token = first_token + token * 4u;
  let out_row = first_row + row * 4u;
  for (var i = 0u; i < 4u; i++) {
    store4(out_token + i, out_row, column(sum00, i));
    store4(out_token + i, out_row + TILE_ROWS / 2u, column(sum01, i));
    store4(out_token + 4u + i, out_row, column(sum10, i));
    store4(out_token + 4u + i, out_row + TILE_ROWS / 2u, column(sum11, i));
  }
}
