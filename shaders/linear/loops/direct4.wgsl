enable subgroups;
// The tile of x·wᵀ of a workgroup: 8 lanes, each all 16 tokens by 8 outputs, straight from the bindings. For adapters that
// are a CPU: no barrier and no workgroup memory, whose clearing SwiftShader unrolls into seconds of compilation; a load costs
// them as much as many multiplications, so the lanes of a quad load four tokens each and share them.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}; cols is a multiple of 4. Gives the sums
// to the kernel's store4(token, row, sums), four outputs of one token at a time.
#import linear/direct.wgsl

fn linear_tile(first_token: u32, first_row: u32, lane: u32) {
  let row = first_row + 8u * lane;
  let rows_a = weight_rows(row);
  let rows_b = weight_rows(row + 4u);
  // Where the tokens begin that this lane loads for its quad.
  let quad_lane = subgroupExclusiveAdd(1u) % 4u;
  let begin0 = token_begin(first_token + quad_lane);
  let begin1 = token_begin(first_token + 4u + quad_lane);
  let begin2 = token_begin(first_token + 8u + quad_lane);
  let begin3 = token_begin(first_token + 12u + quad_lane);
  // Named, not indexed: software adapters keep an indexed array in memory.
  var a0 = vec4<f32>(); var b0 = vec4<f32>(); var a1 = vec4<f32>(); var b1 = vec4<f32>();
  var a2 = vec4<f32>(); var b2 = vec4<f32>(); var a3 = vec4<f32>(); var b3 = vec4<f32>();
  var a4 = vec4<f32>(); var b4 = vec4<f32>(); var a5 = vec4<f32>(); var b5 = vec4<f32>();
  var a6 = vec4<f32>(); var b6 = vec4<f32>(); var a7 = vec4<f32>(); var b7 = vec4<f32>();
  var a8 = vec4<f32>(); var b8 = vec4<f32>(); var a9 = vec4<f32>(); var b9 = vec4<f32>();
  var a10 = vec4<f32>(); var b10 = vec4<f32>(); var a11 = vec4<f32>(); var b11 = vec4<f32>();
  var a12 = vec4<f32>(); var b12 = vec4<f32>(); var a13 = vec4<f32>(); var b13 = vec4<f32>();
  var a14 = vec4<f32>(); var b14 = vec4<f32>(); var a15 = vec4<f32>(); var b15 = vec4<f32>();
  let eights = (params.cols + 7u) / 8u;
  for (var eight = 0u; eight < eights; eight++) {
    let wa = load_w8(rows_a, eight);
    let wb = load_w8(rows_b, eight);
    let x0 = load_x8(begin0, eight);
    let t0 = mat2x4<f32>(quadBroadcast(x0[0], 0u), quadBroadcast(x0[1], 0u)); a0 += products(t0, wa); b0 += products(t0, wb);
    let t1 = mat2x4<f32>(quadBroadcast(x0[0], 1u), quadBroadcast(x0[1], 1u)); a1 += products(t1, wa); b1 += products(t1, wb);
    let t2 = mat2x4<f32>(quadBroadcast(x0[0], 2u), quadBroadcast(x0[1], 2u)); a2 += products(t2, wa); b2 += products(t2, wb);
    let t3 = mat2x4<f32>(quadBroadcast(x0[0], 3u), quadBroadcast(x0[1], 3u)); a3 += products(t3, wa); b3 += products(t3, wb);
    let x1 = load_x8(begin1, eight);
    let t4 = mat2x4<f32>(quadBroadcast(x1[0], 0u), quadBroadcast(x1[1], 0u)); a4 += products(t4, wa); b4 += products(t4, wb);
    let t5 = mat2x4<f32>(quadBroadcast(x1[0], 1u), quadBroadcast(x1[1], 1u)); a5 += products(t5, wa); b5 += products(t5, wb);
    let t6 = mat2x4<f32>(quadBroadcast(x1[0], 2u), quadBroadcast(x1[1], 2u)); a6 += products(t6, wa); b6 += products(t6, wb);
    let t7 = mat2x4<f32>(quadBroadcast(x1[0], 3u), quadBroadcast(x1[1], 3u)); a7 += products(t7, wa); b7 += products(t7, wb);
    let x2 = load_x8(begin2, eight);
    let t8 = mat2x4<f32>(quadBroadcast(x2[0], 0u), quadBroadcast(x2[1], 0u)); a8 += products(t8, wa); b8 += products(t8, wb);
    let t9 = mat2x4<f32>(quadBroadcast(x2[0], 1u), quadBroadcast(x2[1], 1u)); a9 += products(t9, wa); b9 += products(t9, wb);
    let t10 = mat2x4<f32>(quadBroadcast(x2[0], 2u), quadBroadcast(x2[1], 2u)); a10 += products(t10, wa); b10 += products(t10, wb);
    let t11 = mat2x4<f32>(quadBroadcast(x2[0], 3u), quadBroadcast(x2[1], 3u)); a11 += products(t11, wa); b11 += products(t11, wb);
    let x3 = load_x8(begin3, eight);
    let t12 = mat2x4<f32>(quadBroadcast(x3[0], 0u), quadBroadcast(x3[1], 0u)); a12 += products(t12, wa); b12 += products(t12, wb);
    let t13 = mat2x4<f32>(quadBroadcast(x3[0], 1u), quadBroadcast(x3[1], 1u)); a13 += products(t13, wa); b13 += products(t13, wb);
    let t14 = mat2x4<f32>(quadBroadcast(x3[0], 2u), quadBroadcast(x3[1], 2u)); a14 += products(t14, wa); b14 += products(t14, wb);
    let t15 = mat2x4<f32>(quadBroadcast(x3[0], 3u), quadBroadcast(x3[1], 3u)); a15 += products(t15, wa); b15 += products(t15, wb);
  }
  var sums = array<vec4<f32>, 32>(
    a0, b0, a1, b1, a2, b2, a3, b3,
    a4, b4, a5, b5, a6, b6, a7, b7,
    a8, b8, a9, b9, a10, b10, a11, b11,
    a12, b12, a13, b13, a14, b14, a15, b15,
  );
  for (var i = 0u; i < 32u; i++) {
    store4(first_token + (i >> 1u), row + 4u * (i & 1u), sums[i]);
  }
}
