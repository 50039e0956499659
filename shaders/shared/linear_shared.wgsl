// The tile of x·wᵀ that a workgroup computes, 8 × 8 elements a lane, through workgroup memory. While a step along the
// inputs is multiplied the next one is on its way from memory.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; gives the sums to the kernel's
// store4(token, row, sums), four outputs of one token at a time.
const TILE_K = 16u;
const REGISTER = 8u;
const LINES_X = TILE_TOKENS / 4u; // vec4s of a column of the tile
const LINES_W = TILE_ROWS / 4u;
// A step has one block of 4 lines by 4 inputs for each of the first lanes in x, and of the last lanes in w.
const BLOCKS_X = LINES_X * TILE_K / 4u;
const BLOCKS_W = LINES_W * TILE_K / 4u;

// [k][line / 4]: four tokens, or four outputs, at one input.
var<workgroup> sh_x: array<vec4<f32>, TILE_K * LINES_X>;
var<workgroup> sh_weight: array<vec4<f32>, TILE_K * LINES_W>;

fn load_weight(row: u32, col: u32) -> vec4<f32> {
  if (row < params.rows && col < params.stride) {
    return load_weight4(row, col);
  }
  return vec4<f32>();
}

fn load_token(token: u32, col: u32) -> vec4<f32> {
  if (token < params.tokens && col < params.cols) {
    return load_x4(token, col);
  }
  return vec4<f32>();
}

// Four lines of x from `token` on at four inputs: a vector for each input.
fn x_block(token: u32, col: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(load_token(token, col), load_token(token + 1u, col), load_token(token + 2u, col), load_token(token + 3u, col)));
}

fn weight_block(row: u32, col: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(load_weight(row, col), load_weight(row + 1u, col), load_weight(row + 2u, col), load_weight(row + 3u, col)));
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
  // Multiplying: 8 tokens by 8 outputs. Named, not indexed: an indexed array may land in memory.
  let token = lane / (TILE_ROWS / REGISTER);
  let row = lane % (TILE_ROWS / REGISTER);
  var sum0a = vec4<f32>(); var sum0b = vec4<f32>(); var sum1a = vec4<f32>(); var sum1b = vec4<f32>();
  var sum2a = vec4<f32>(); var sum2b = vec4<f32>(); var sum3a = vec4<f32>(); var sum3b = vec4<f32>();
  var sum4a = vec4<f32>(); var sum4b = vec4<f32>(); var sum5a = vec4<f32>(); var sum5b = vec4<f32>();
  var sum6a = vec4<f32>(); var sum6b = vec4<f32>(); var sum7a = vec4<f32>(); var sum7b = vec4<f32>();
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
      let to = input_x * LINES_X + line_x;
      sh_x[to] = next_x[0];
      sh_x[to + LINES_X] = next_x[1];
      sh_x[to + 2u * LINES_X] = next_x[2];
      sh_x[to + 3u * LINES_X] = next_x[3];
      next_x = x_block(first_token + line_x * 4u, k + TILE_K + input_x);
    }
    if (loads_w) {
      let to = input_w * LINES_W + line_w;
      sh_weight[to] = next_w[0];
      sh_weight[to + LINES_W] = next_w[1];
      sh_weight[to + 2u * LINES_W] = next_w[2];
      sh_weight[to + 3u * LINES_W] = next_w[3];
      next_w = weight_block(first_row + line_w * 4u, k + TILE_K + input_w);
    }
    workgroupBarrier();
    for (var j = 0u; j < TILE_K; j++) {
      let x0 = sh_x[j * LINES_X + 2u * token];
      let x1 = sh_x[j * LINES_X + 2u * token + 1u];
      let w0 = sh_weight[j * LINES_W + row];
      let w1 = sh_weight[j * LINES_W + row + LINES_W / 2u];
      sum0a += x0.x * w0;
      sum0b += x0.x * w1;
      sum1a += x0.y * w0;
      sum1b += x0.y * w1;
      sum2a += x0.z * w0;
      sum2b += x0.z * w1;
      sum3a += x0.w * w0;
      sum3b += x0.w * w1;
      sum4a += x1.x * w0;
      sum4b += x1.x * w1;
      sum5a += x1.y * w0;
      sum5b += x1.y * w1;
      sum6a += x1.z * w0;
      sum6b += x1.z * w1;
      sum7a += x1.w * w0;
      sum7b += x1.w * w1;
    }
  }
  // A loop, so that the kernel's store is compiled once.
  for (var i = 0u; i < REGISTER; i++) {
    var a = sum0a;
    var b = sum0b;
    switch i {
      case 1u: { a = sum1a; b = sum1b; }
      case 2u: { a = sum2a; b = sum2b; }
      case 3u: { a = sum3a; b = sum3b; }
      case 4u: { a = sum4a; b = sum4b; }
      case 5u: { a = sum5a; b = sum5b; }
      case 6u: { a = sum6a; b = sum6b; }
      case 7u: { a = sum7a; b = sum7b; }
      default: {}
    }
    let out_token = first_token + token * REGISTER + i;
    store4(out_token, first_row + row * 4u, a);
    store4(out_token, first_row + TILE_ROWS / 2u + row * 4u, b);
  }
}
