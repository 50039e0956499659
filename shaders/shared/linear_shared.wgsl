// The tile of x·wᵀ that a workgroup computes, 8 × 8 elements a lane, through workgroup memory. While a step along the
// inputs is multiplied the next one is on its way from memory, in registers.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; gives the sums to the kernel's
// store4(token, row, sums), four outputs of one token at a time.
// What limits it on a GPU: an input of the tile is 4 vec4 reads of workgroup memory for 64 FMA a lane, near that memory's
// rate; and about 110 registers a lane (64 sums, 32 on their way), so 16 warps of 32 on a unit of 65,536. Two buffers
// would save one of two barriers a step but double the workgroup memory, which then holds fewer warps still.
#import linear_blocks
#import products_f32
#import outer

const TILE_K = 16u;
const REGISTER = 8u;
const LINES_X = TILE_TOKENS / 4u; // vec4s of an input of the tile
const LINES_W = TILE_ROWS / 4u;
// A step has one block of 4 lines by 4 inputs for each of the first lanes in x, and of the last lanes in w.
const BLOCKS_X = LINES_X * TILE_K / 4u;
const BLOCKS_W = LINES_W * TILE_K / 4u;

// [input][line]: four tokens, or four outputs, at one input.
var<workgroup> sh_x: array<vec4<f32>, TILE_K * LINES_X>;
var<workgroup> sh_weight: array<vec4<f32>, TILE_K * LINES_W>;

// Where a line is in its row of workgroup memory. Eight lanes store two lines at four blocks of inputs together: shuffled
// by the block, they fall on different banks, and so do eight lines read together.
fn place(line: u32, input: u32) -> u32 {
  return line ^ (input / 4u * 2u);
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
  let to_x = input_x * LINES_X + place(line_x, input_x);
  let to_w = input_w * LINES_W + place(line_w, input_w);
  // Multiplying: 8 tokens by 8 outputs, 4 of them half a tile from the others, so that neighbours read neighbours.
  let token = lane / (TILE_ROWS / REGISTER) * 2u;
  let row = lane % (TILE_ROWS / REGISTER);
  var sum00 = mat4x4<f32>(); // tokens 0 to 3, outputs 0 to 3
  var sum01 = mat4x4<f32>();
  var sum10 = mat4x4<f32>();
  var sum11 = mat4x4<f32>();
  var next_x = mat4x4<f32>();
  var next_w = mat4x4<f32>();
  if (loads_x) {
    next_x = x_block(first_token + line_x * 4u, input_x);
  }
  if (loads_w) {
    next_w = weight_block(first_row + line_w * 4u, input_w);
  }
  for (var k = 0u; k < params.cols; k += TILE_K) {
    workgroupBarrier();
    if (loads_x) {
      sh_x[to_x] = next_x[0];
      sh_x[to_x + LINES_X] = next_x[1];
      sh_x[to_x + 2u * LINES_X] = next_x[2];
      sh_x[to_x + 3u * LINES_X] = next_x[3];
      next_x = x_block(first_token + line_x * 4u, k + TILE_K + input_x);
    }
    if (loads_w) {
      sh_weight[to_w] = next_w[0];
      sh_weight[to_w + LINES_W] = next_w[1];
      sh_weight[to_w + 2u * LINES_W] = next_w[2];
      sh_weight[to_w + 3u * LINES_W] = next_w[3];
      next_w = weight_block(first_row + line_w * 4u, k + TILE_K + input_w);
    }
    workgroupBarrier();
    for (var j = 0u; j < TILE_K; j++) {
      let x0 = sh_x[j * LINES_X + place(token, j)];
      let x1 = sh_x[j * LINES_X + place(token + 1u, j)];
      let w0 = sh_weight[j * LINES_W + place(row, j)];
      let w1 = sh_weight[j * LINES_W + place(row + LINES_W / 2u, j)];
      sum00 += outer(x0, w0);
      sum01 += outer(x0, w1);
      sum10 += outer(x1, w0);
      sum11 += outer(x1, w1);
    }
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
