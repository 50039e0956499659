// 64 tokens by 64 outputs, 8 by 16 lanes, each 8 tokens by 4 outputs, in products of int8 through workgroup memory.
// Reads the bindings x, weight (q8 or q4) and scales and params.{tokens, rows, cols, stride}; gives the sums to the
// kernel's store4(token, row, sums), four outputs of one token at a time.
// What limits it on a GPU: 32 dot products of 4 need 1.5 vec4 reads of workgroup memory, and every 8 of them 4 operations
// in f32 to scale their sum. Blocks take turns in two buffers, so that one barrier a block is enough: nobody fills a
// buffer again before all have passed the barrier of the other.
#import linear_int8

const TILE_TOKENS = 64u;
const TILE_ROWS = 64u;
const INVOCATIONS = 128u; // the first half load tokens, the second outputs
const TOKENS = 8u; // of a lane
const LANES_W = TILE_ROWS / 4u;

// [buffer][half of the block][line]: 16 inputs of a token, or of an output.
var<workgroup> sh_x: array<vec4<u32>, 4u * TILE_TOKENS>;
var<workgroup> sh_weight: array<vec4<u32>, 4u * TILE_ROWS>;
// [buffer][line]: a token's scale and scale · Σ q; an output's scale and minimum.
var<workgroup> sh_x_scale: array<vec2<f32>, 2u * TILE_TOKENS>;
var<workgroup> sh_weight_scale: array<vec2<f32>, 2u * TILE_ROWS>;

fn fill_x(buffer: u32, line: u32, token: u32, col: u32) {
  let x = rounded(token, col);
  sh_x[2u * buffer * TILE_TOKENS + line] = x.first;
  sh_x[(2u * buffer + 1u) * TILE_TOKENS + line] = x.second;
  sh_x_scale[buffer * TILE_TOKENS + line] = x.scale;
}

fn inputs(buffer: u32, line: u32) -> Inputs {
  return Inputs(sh_x[2u * buffer * TILE_TOKENS + line], sh_x[(2u * buffer + 1u) * TILE_TOKENS + line], sh_x_scale[buffer * TILE_TOKENS + line]);
}

// The four outputs of a lane are put a quarter of the tile apart: neighbours read neighbours.
fn fill_weight(buffer: u32, line: u32, row: u32, col: u32) {
  let to = line % 4u * LANES_W + line / 4u;
  sh_weight[2u * buffer * TILE_ROWS + to] = load_weight_int8(row, col);
  sh_weight[(2u * buffer + 1u) * TILE_ROWS + to] = load_weight_int8(row, col + 16u);
  sh_weight_scale[buffer * TILE_ROWS + to] = load_scale_min(row, col);
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
    sum0 += mat4x4<f32>(products(inputs(buffer, token), w), products(inputs(buffer, token + 1u), w), products(inputs(buffer, token + 2u), w), products(inputs(buffer, token + 3u), w));
    sum1 += mat4x4<f32>(products(inputs(buffer, token + 4u), w), products(inputs(buffer, token + 5u), w), products(inputs(buffer, token + 6u), w), products(inputs(buffer, token + 7u), w));
  }
  let row = first_row + lane % LANES_W * 4u;
  for (var i = 0u; i < 4u; i++) {
    store4(first_token + token + i, row, column(sum0, i));
    store4(first_token + token + 4u + i, row, column(sum1, i));
  }
}
