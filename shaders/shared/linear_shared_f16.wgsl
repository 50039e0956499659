// The tile of x·wᵀ that a workgroup computes, 8 × 8 elements a lane, multiplied in f16: for GPUs with twice the rate
// there, and half the workgroup memory. 32 products are added in f16, their sums in f32: relative error about 1e-3.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; gives the sums to the kernel's
// store4(token, row, sums), four outputs of one token at a time. x is stored in f16: it cannot be too large.
// A step along the inputs has two halves, each with its buffer: one barrier a half is enough, since nobody fills a buffer
// again before all have passed the barrier of the other.
// What limits it on a GPU: registers, about 140 a lane (64 sums in f32 and in f16, 16 on their way).
#import linear_blocks
#import products_f16
#import outer

const TILE_K = 16u; // of a half
const REGISTER = 8u;
const LINES_X = TILE_TOKENS / 4u; // vec4s of an input of the tile
const LINES_W = TILE_ROWS / 4u;
// A half has one block of 4 lines by 4 inputs for each of the first lanes in x, and of the last lanes in w.
const BLOCKS_X = LINES_X * TILE_K / 4u;
const BLOCKS_W = LINES_W * TILE_K / 4u;

// [half][input][line]: four tokens, or four outputs, at one input.
var<workgroup> sh_x: array<vec4<f16>, 2u * TILE_K * LINES_X>;
var<workgroup> sh_weight: array<vec4<f16>, 2u * TILE_K * LINES_W>;

// Where a line is in its row of workgroup memory. Sixteen lanes store four lines at four blocks of inputs together:
// shuffled by the block, they fall on different banks, and so do sixteen lines read together.
fn place(line: u32, input: u32) -> u32 {
  return line ^ (input / 4u * 4u);
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  // Loading.
  let loads_x = lane < BLOCKS_X;
  let loads_w = lane >= INVOCATIONS - BLOCKS_W;
  let block_w = (lane + BLOCKS_W - INVOCATIONS) % BLOCKS_W;
  let input_x = lane % (TILE_K / 4u) * 4u;
  let input_w = block_w % (TILE_K / 4u) * 4u;
  let line_x = lane / (TILE_K / 4u);
  let line_w = block_w / (TILE_K / 4u);
  // Multiplying: 8 tokens by 8 outputs, 4 of them half a tile from the others, so that neighbours read neighbours.
  let token = lane / (TILE_ROWS / REGISTER) * 2u;
  let row = lane % (TILE_ROWS / REGISTER);
  var sum00 = mat4x4<f32>(); // tokens 0 to 3, outputs 0 to 3
  var sum01 = mat4x4<f32>();
  var sum10 = mat4x4<f32>();
  var sum11 = mat4x4<f32>();
  var next_x = mat4x4<f16>();
  var next_w = mat4x4<f16>();
  if (loads_x) {
    next_x = mat4x4<f16>(x_block(first_token + line_x * 4u, input_x));
  }
  if (loads_w) {
    next_w = mat4x4<f16>(weight_block(first_row + line_w * 4u, input_w));
  }
  for (var k = 0u; k < params.cols; k += 2u * TILE_K) {
    var part00 = mat4x4<f16>();
    var part01 = mat4x4<f16>();
    var part10 = mat4x4<f16>();
    var part11 = mat4x4<f16>();
    for (var half = 0u; half < 2u; half++) {
      let next_k = k + (half + 1u) * TILE_K;
      if (loads_x) {
        let to = (half * TILE_K + input_x) * LINES_X + place(line_x, input_x);
        sh_x[to] = next_x[0];
        sh_x[to + LINES_X] = next_x[1];
        sh_x[to + 2u * LINES_X] = next_x[2];
        sh_x[to + 3u * LINES_X] = next_x[3];
        next_x = mat4x4<f16>(x_block(first_token + line_x * 4u, next_k + input_x));
      }
      if (loads_w) {
        let to = (half * TILE_K + input_w) * LINES_W + place(line_w, input_w);
        sh_weight[to] = next_w[0];
        sh_weight[to + LINES_W] = next_w[1];
        sh_weight[to + 2u * LINES_W] = next_w[2];
        sh_weight[to + 3u * LINES_W] = next_w[3];
        next_w = mat4x4<f16>(weight_block(first_row + line_w * 4u, next_k + input_w));
      }
      workgroupBarrier();
      for (var j = 0u; j < TILE_K; j++) {
        let from_x = (half * TILE_K + j) * LINES_X;
        let from_w = (half * TILE_K + j) * LINES_W;
        let x0 = sh_x[from_x + place(token, j)];
        let x1 = sh_x[from_x + place(token + 1u, j)];
        let w0 = sh_weight[from_w + place(row, j)];
        let w1 = sh_weight[from_w + place(row + LINES_W / 2u, j)];
        part00 += outer(x0, w0);
        part01 += outer(x0, w1);
        part10 += outer(x1, w0);
        part11 += outer(x1, w1);
      }
    }
    sum00 += mat4x4<f32>(part00);
    sum01 += mat4x4<f32>(part01);
    sum10 += mat4x4<f32>(part10);
    sum11 += mat4x4<f32>(part11);
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
