enable subgroups;
// The tile of x·wᵀ of a workgroup: 16 lanes, each all 16 tokens by 4 outputs, straight from the bindings. For adapters
// that are a CPU: no barrier and no workgroup memory, whose clearing SwiftShader unrolls into seconds of compilation; a
// load costs them as much as many multiplications, so the lanes of a quad load four tokens each and share them.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; cols is a multiple of 4. Gives the sums
// to the kernel's store4(token, row, sums), four outputs of one token at a time.
#import linear_direct

const TILE_TOKENS = 16u;
const TILE_ROWS = 64u;
const INVOCATIONS = 16u;

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  let quad_lane = subgroupExclusiveAdd(1u) % 4u;
  let last_token = params.tokens - 1u;
  let row = first_row + 4u * lane;
  let lines = min(row + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u)) * params.stride;
  // The tokens that this lane loads for its quad.
  let token0 = min(first_token + quad_lane, last_token);
  let token1 = min(first_token + 4u + quad_lane, last_token);
  let token2 = min(first_token + 8u + quad_lane, last_token);
  let token3 = min(first_token + 12u + quad_lane, last_token);
  // Named, not indexed: software adapters keep an indexed array in memory.
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
  var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>();
  var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>();
  var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>();
  for (var k = 0u; k < params.cols; k += 4u) {
    let w = load_weights(lines, k, load_scales(lines, k));
    let x0 = load_x4(token0, k);
    sum0 += quadBroadcast(x0, 0u) * w;
    sum1 += quadBroadcast(x0, 1u) * w;
    sum2 += quadBroadcast(x0, 2u) * w;
    sum3 += quadBroadcast(x0, 3u) * w;
    let x1 = load_x4(token1, k);
    sum4 += quadBroadcast(x1, 0u) * w;
    sum5 += quadBroadcast(x1, 1u) * w;
    sum6 += quadBroadcast(x1, 2u) * w;
    sum7 += quadBroadcast(x1, 3u) * w;
    let x2 = load_x4(token2, k);
    sum8 += quadBroadcast(x2, 0u) * w;
    sum9 += quadBroadcast(x2, 1u) * w;
    sum10 += quadBroadcast(x2, 2u) * w;
    sum11 += quadBroadcast(x2, 3u) * w;
    let x3 = load_x4(token3, k);
    sum12 += quadBroadcast(x3, 0u) * w;
    sum13 += quadBroadcast(x3, 1u) * w;
    sum14 += quadBroadcast(x3, 2u) * w;
    sum15 += quadBroadcast(x3, 3u) * w;
  }
  store_tokens(first_token, row, sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7, sum8, sum9, sum10, sum11, sum12, sum13, sum14, sum15);
}
