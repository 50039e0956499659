enable subgroups;
// As direct4: 16 lanes, each all 16 tokens by 4 outputs, straight from the bindings, for adapters that are a CPU.
// Where a subgroup has 8 lanes or more, 8 share what they load: two tokens each, half the loads of a quad.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; cols is a multiple of 4. Gives the sums
// to the kernel's store4(token, row, sums), four outputs of one token at a time.
#import linear/direct.wgsl

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  let row = first_row + 4u * lane;
  let rows = weight_rows(row);
  // Where the tokens begin that this lane loads for the others.
  let eighth = subgroupExclusiveAdd(1u) % 8u;
  let begin0 = token_begin(first_token + eighth);
  let begin1 = token_begin(first_token + 8u + eighth);
  // Named, not indexed: software adapters keep an indexed array in memory.
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
  var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>();
  var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>();
  var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>();
  let eights = (params.cols + 7u) / 8u;
  for (var eight = 0u; eight < eights; eight++) {
    let w = load_w8(rows, eight);
    let x0 = load_x8(begin0, eight);
    sum0 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 0u), subgroupBroadcast(x0[1], 0u)), w);
    sum1 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 1u), subgroupBroadcast(x0[1], 1u)), w);
    sum2 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 2u), subgroupBroadcast(x0[1], 2u)), w);
    sum3 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 3u), subgroupBroadcast(x0[1], 3u)), w);
    sum4 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 4u), subgroupBroadcast(x0[1], 4u)), w);
    sum5 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 5u), subgroupBroadcast(x0[1], 5u)), w);
    sum6 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 6u), subgroupBroadcast(x0[1], 6u)), w);
    sum7 += products(mat2x4<f32>(subgroupBroadcast(x0[0], 7u), subgroupBroadcast(x0[1], 7u)), w);
    let x1 = load_x8(begin1, eight);
    sum8 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 0u), subgroupBroadcast(x1[1], 0u)), w);
    sum9 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 1u), subgroupBroadcast(x1[1], 1u)), w);
    sum10 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 2u), subgroupBroadcast(x1[1], 2u)), w);
    sum11 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 3u), subgroupBroadcast(x1[1], 3u)), w);
    sum12 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 4u), subgroupBroadcast(x1[1], 4u)), w);
    sum13 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 5u), subgroupBroadcast(x1[1], 5u)), w);
    sum14 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 6u), subgroupBroadcast(x1[1], 6u)), w);
    sum15 += products(mat2x4<f32>(subgroupBroadcast(x1[0], 7u), subgroupBroadcast(x1[1], 7u)), w);
  }
  var sums = array<vec4<f32>, 16>(sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7, sum8, sum9, sum10, sum11, sum12, sum13, sum14, sum15);
  for (var i = 0u; i < 16u; i++) {
    store4(first_token + i, row, sums[i]);
  }
}
