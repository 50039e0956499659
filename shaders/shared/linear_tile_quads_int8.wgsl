enable subgroups;
// 16 tokens by 64 outputs, 16 lanes, each all tokens by 4 outputs, in products of int8 straight from the bindings: as
// linear_tile_quads, for adapters that are a CPU. The lanes of a quad round four tokens each and share them.
// Reads the bindings x, weight (q8 or q4) and scales and params.{tokens, rows, cols, stride}; gives the sums to the
// kernel's store4(token, row, sums), four outputs of one token at a time.
#import linear_int8

const TILE_TOKENS = 16u;
const TILE_ROWS = 64u;
const INVOCATIONS = 16u;

fn outputs(row: u32, col: u32) -> Outputs {
  let last = params.rows - 1u;
  let rows = min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), vec4<u32>(last));
  let a = load_scale_min(rows.x, col);
  let b = load_scale_min(rows.y, col);
  let c = load_scale_min(rows.z, col);
  let d = load_scale_min(rows.w, col);
  return Outputs(
    array(load_weight_int8(rows.x, col), load_weight_int8(rows.y, col), load_weight_int8(rows.z, col), load_weight_int8(rows.w, col)),
    array(load_weight_int8(rows.x, col + 16u), load_weight_int8(rows.y, col + 16u), load_weight_int8(rows.z, col + 16u), load_weight_int8(rows.w, col + 16u)),
    vec4<f32>(a.x, b.x, c.x, d.x),
    vec4<f32>(a.y, b.y, c.y, d.y),
  );
}

// What a block adds to the sums of the quad's four tokens, of which this lane has x.
fn quad_products(x: Inputs, w: Outputs) -> mat4x4<f32> {
  return mat4x4<f32>(
    products(Inputs(quadBroadcast(x.first, 0u), quadBroadcast(x.second, 0u), quadBroadcast(x.scale, 0u)), w),
    products(Inputs(quadBroadcast(x.first, 1u), quadBroadcast(x.second, 1u), quadBroadcast(x.scale, 1u)), w),
    products(Inputs(quadBroadcast(x.first, 2u), quadBroadcast(x.second, 2u), quadBroadcast(x.scale, 2u)), w),
    products(Inputs(quadBroadcast(x.first, 3u), quadBroadcast(x.second, 3u), quadBroadcast(x.scale, 3u)), w),
  );
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  let token = first_token + subgroupExclusiveAdd(1u) % 4u;
  let row = first_row + 4u * lane;
  var sum0 = mat4x4<f32>(); // of tokens 0 to 3
  var sum1 = mat4x4<f32>();
  var sum2 = mat4x4<f32>();
  var sum3 = mat4x4<f32>();
  for (var k = 0u; k < params.cols; k += BLOCK) {
    let w = outputs(row, k);
    sum0 += quad_products(rounded(token, k), w);
    sum1 += quad_products(rounded(token + 4u, k), w);
    sum2 += quad_products(rounded(token + 8u, k), w);
    sum3 += quad_products(rounded(token + 12u, k), w);
  }
  for (var i = 0u; i < 4u; i++) {
    store4(first_token + i, row, column(sum0, i));
    store4(first_token + 4u + i, row, column(sum1, i));
    store4(first_token + 8u + i, row, column(sum2, i));
    store4(first_token + 12u + i, row, column(sum3, i));
  }
}
