// Attention of a workgroup of 128 lanes, 64 queries and 32 keys at a time, through workgroup memory: for GPUs. The slot
// accumulate decides in which type. A lane sums 4 queries by 16 columns: 64 sums in registers, about 120 with what is on its way.
// It takes 10 KiB of workgroup memory in f32 and 6 in f16.
//! slot accumulate (lib/accumulate_*): product, part_of(sum), with_part(sum, part)
//! given WORKGROUP_QUERIES, COLUMNS, KEYS, INVOCATIONS
#import lib/outer.wgsl
#import attention/score_tile.wgsl

fn rescaled(sums: mat4x4<f32>, by: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(sums[0] * by.x, sums[1] * by.y, sums[2] * by.z, sums[3] * by.w);
}

// Four columns of four queries.
fn store_outs(query: u32, column: u32, head_start: u32, outs: mat4x4<f32>) {
  store_out(query, column, head_start, outs[0]);
  store_out(query + 1u, column, head_start, outs[1]);
  store_out(query + 2u, column, head_start, outs[2]);
  store_out(query + 3u, column, head_start, outs[3]);
}

fn attend(group: vec3<u32>, lane: u32) {
  let first_query = group.x * WORKGROUP_QUERIES;
  let head_start = group.y * params.head_dim;
  let first_column = group.z * COLUMNS;
  let quad = lane / 8u;
  let own = lane % 8u;
  var softmax = Softmax(mat4x4<f32>(), vec4<f32>(LOWEST), vec4<f32>(), vec4<f32>());
  // A column for each query of the lane. sums2: columns 4 own + 32 · 2 … + 3 of the workgroup's.
  var sums0 = mat4x4<f32>();
  var sums1 = mat4x4<f32>();
  var sums2 = mat4x4<f32>();
  var sums3 = mat4x4<f32>();
  for (var first_key = 0u; first_key < params.keys; first_key += KEYS) {
    let scores = score_tile(first_query, first_key, head_start, lane);
    softmax = weigh(scores, softmax, lane);
    sums0 = rescaled(sums0, softmax.rescale);
    sums1 = rescaled(sums1, softmax.rescale);
    sums2 = rescaled(sums2, softmax.rescale);
    sums3 = rescaled(sums3, softmax.rescale);
    var weights = softmax.weights;
    for (var first = first_key; first < first_key + KEYS; first += VALUE_KEYS) {
      workgroupBarrier();
      sh_weight[lane] = vec4<product>(weights[0]);
      weights = mat4x4<f32>(weights[1], weights[2], weights[3], weights[0]);
      for (var i = lane; i < VALUE_KEYS * COLUMNS / 4u; i += INVOCATIONS) {
        sh_tile[i] = vec4<product>(load_v(first + i / (COLUMNS / 4u), first_column + i % (COLUMNS / 4u) * 4u, head_start));
      }
      workgroupBarrier();
      var part0 = part_of(sums0);
      var part1 = part_of(sums1);
      var part2 = part_of(sums2);
      var part3 = part_of(sums3);
      for (var j = 0u; j < VALUE_KEYS; j++) {
        let key_weights = sh_weight[quad * 8u + j];
        let values = j * (COLUMNS / 4u) + own;
        part0 += outer(key_weights, sh_tile[values]);
        part1 += outer(key_weights, sh_tile[values + 8u]);
        part2 += outer(key_weights, sh_tile[values + 16u]);
        part3 += outer(key_weights, sh_tile[values + 24u]);
      }
      sums0 = with_part(sums0, part0);
      sums1 = with_part(sums1, part1);
      sums2 = with_part(sums2, part2);
      sums3 = with_part(sums3, part3);
    }
  }
  let inverse = inverse_sum(softmax.total, lane);
  let query = first_query + quad * 4u;
  let column = first_column + own * 4u;
  store_outs(query, column, head_start, rescaled(sums0, inverse));
  store_outs(query, column + 32u, head_start, rescaled(sums1, inverse));
  store_outs(query, column + 64u, head_start, rescaled(sums2, inverse));
  store_outs(query, column + 96u, head_start, rescaled(sums3, inverse));
}
