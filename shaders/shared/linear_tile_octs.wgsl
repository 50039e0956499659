enable subgroups;
// As linear_tile_quads: 16 lanes, each all 16 tokens by 4 outputs, straight from the bindings, for adapters that are a CPU.
// Where a subgroup has 8 lanes or more, 8 share what they load: two tokens each, half the loads of a quad.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; cols is a multiple of 4. Gives the sums
// to the kernel's store4(token, row, sums), four outputs of one token at a time.
#import linear_direct

const TILE_TOKENS = 16u;
const TILE_ROWS = 64u;
const INVOCATIONS = 16u;

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  let eighth = subgroupExclusiveAdd(1u) % 8u;
  let last_token = params.tokens - 1u;
  let row = first_row + 4u * lane;
  let lines = min(row + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u)) * params.stride;
  // The tokens that this lane loads for the others.
  let token0 = min(first_token + eighth, last_token);
  let token1 = min(first_token + 8u + eighth, last_token);
  // Named, not indexed: software adapters keep an indexed array in memory.
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
  var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>();
  var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>();
  var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>();
  for (var block = 0u; block < params.cols; block += BLOCK) {
    let scale = load_scales(lines, block);
    for (var k = block; k < min(block + BLOCK, params.cols); k += 4u) {
      let w = load_weights(lines, k, scale);
      let x0 = load_x4(token0, k);
      sum0 += subgroupBroadcast(x0, 0u) * w;
      sum1 += subgroupBroadcast(x0, 1u) * w;
      sum2 += subgroupBroadcast(x0, 2u) * w;
      sum3 += subgroupBroadcast(x0, 3u) * w;
      sum4 += subgroupBroadcast(x0, 4u) * w;
      sum5 += subgroupBroadcast(x0, 5u) * w;
      sum6 += subgroupBroadcast(x0, 6u) * w;
      sum7 += subgroupBroadcast(x0, 7u) * w;
      let x1 = load_x4(token1, k);
      sum8 += subgroupBroadcast(x1, 0u) * w;
      sum9 += subgroupBroadcast(x1, 1u) * w;
      sum10 += subgroupBroadcast(x1, 2u) * w;
      sum11 += subgroupBroadcast(x1, 3u) * w;
      sum12 += subgroupBroadcast(x1, 4u) * w;
      sum13 += subgroupBroadcast(x1, 5u) * w;
      sum14 += subgroupBroadcast(x1, 6u) * w;
      sum15 += subgroupBroadcast(x1, 7u) * w;
    }
  }
  store_tokens(first_token, row, sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7, sum8, sum9, sum10, sum11, sum12, sum13, sum14, sum15);
}
