// The 64 × 64 tile of x·wᵀ that a workgroup of 64 computes, 8 × 8 elements an invocation, through workgroup memory.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; gives the sums to the kernel's
// store4(token, row, sums), four outputs of one token at a time. Sums are named, not indexed: software adapters keep an
// indexed array in memory.
const TILE = 64u;
const TILE_K = 16u;
const REGISTER = 8u;

// [k][line / 4]: four tokens, or four outputs, at one input.
var<workgroup> sh_x: array<vec4<f32>, TILE_K * TILE / 4u>;
var<workgroup> sh_weight: array<vec4<f32>, TILE_K * TILE / 4u>;

fn load_x(token: u32, col: u32) -> vec4<f32> {
  var values = vec4<f32>();
  if (token < params.tokens) {
    let at = token * params.cols + col;
    if (col + 3u < params.cols) {
      return vec4<f32>(f32(x[at]), f32(x[at + 1u]), f32(x[at + 2u]), f32(x[at + 3u]));
    }
    for (var i = 0u; col + i < params.cols; i++) {
      values[i] = f32(x[at + i]);
    }
  }
  return values;
}

fn load_weight(row: u32, col: u32) -> vec4<f32> {
  if (row < params.rows && col < params.stride) {
    return load_weight4(row, col);
  }
  return vec4<f32>();
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  // Loading: the invocation's block of 4 lines by 4 inputs.
  let line = lane / 4u;
  let input = (lane % 4u) * 4u;
  // Multiplying: its 8 tokens by 8 outputs.
  let token = lane / 8u;
  let row = lane % 8u;
  var sum0a = vec4<f32>();
  var sum0b = vec4<f32>();
  var sum1a = vec4<f32>();
  var sum1b = vec4<f32>();
  var sum2a = vec4<f32>();
  var sum2b = vec4<f32>();
  var sum3a = vec4<f32>();
  var sum3b = vec4<f32>();
  var sum4a = vec4<f32>();
  var sum4b = vec4<f32>();
  var sum5a = vec4<f32>();
  var sum5b = vec4<f32>();
  var sum6a = vec4<f32>();
  var sum6b = vec4<f32>();
  var sum7a = vec4<f32>();
  var sum7b = vec4<f32>();
  for (var k = 0u; k < params.cols; k += TILE_K) {
    let x_block = transpose(mat4x4<f32>(
      load_x(first_token + line * 4u, k + input),
      load_x(first_token + line * 4u + 1u, k + input),
      load_x(first_token + line * 4u + 2u, k + input),
      load_x(first_token + line * 4u + 3u, k + input),
    ));
    let weight_block = transpose(mat4x4<f32>(
      load_weight(first_row + line * 4u, k + input),
      load_weight(first_row + line * 4u + 1u, k + input),
      load_weight(first_row + line * 4u + 2u, k + input),
      load_weight(first_row + line * 4u + 3u, k + input),
    ));
    workgroupBarrier();
    let to = input * (TILE / 4u) + line;
    sh_x[to] = x_block[0];
    sh_x[to + TILE / 4u] = x_block[1];
    sh_x[to + TILE / 2u] = x_block[2];
    sh_x[to + 3u * TILE / 4u] = x_block[3];
    sh_weight[to] = weight_block[0];
    sh_weight[to + TILE / 4u] = weight_block[1];
    sh_weight[to + TILE / 2u] = weight_block[2];
    sh_weight[to + 3u * TILE / 4u] = weight_block[3];
    workgroupBarrier();
    for (var j = 0u; j < TILE_K; j++) {
      let at = j * (TILE / 4u);
      let x0 = sh_x[at + 2u * token];
      let x1 = sh_x[at + 2u * token + 1u];
      let w0 = sh_weight[at + 2u * row];
      let w1 = sh_weight[at + 2u * row + 1u];
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
  let out_token = first_token + token * REGISTER;
  let out_row = first_row + row * REGISTER;
  store4(out_token, out_row, sum0a);
  store4(out_token, out_row + 4u, sum0b);
  store4(out_token + 1u, out_row, sum1a);
  store4(out_token + 1u, out_row + 4u, sum1b);
  store4(out_token + 2u, out_row, sum2a);
  store4(out_token + 2u, out_row + 4u, sum2b);
  store4(out_token + 3u, out_row, sum3a);
  store4(out_token + 3u, out_row + 4u, sum3b);
  store4(out_token + 4u, out_row, sum4a);
  store4(out_token + 4u, out_row + 4u, sum4b);
  store4(out_token + 5u, out_row, sum5a);
  store4(out_token + 5u, out_row + 4u, sum5b);
  store4(out_token + 6u, out_row, sum6a);
  store4(out_token + 6u, out_row + 4u, sum6b);
  store4(out_token + 7u, out_row, sum7a);
  store4(out_token + 7u, out_row + 4u, sum7b);
}
