// Attention of a workgroup of 64 lanes: scores, then values, of 32 keys at a time through workgroup memory. A lane sums 4
// queries by 16 columns.
#import attention_scores

const INVOCATIONS = 64u;
const VALUE_KEYS = 8u;

var<workgroup> sh_v: array<vec4<f32>, VALUE_KEYS * COLUMNS / 4u>;

fn attend(group: vec3<u32>, lane: u32) {
  let first_query = group.x * QUERIES;
  let head_start = group.y * params.head_dim;
  let first_column = group.z * COLUMNS;
  let query = (lane / 8u) * 4u;
  let column = lane % 8u;
  if (lane < QUERIES) {
    sh_max[lane] = LOWEST;
    sh_sum[lane] = 0.0;
  }
  // sum02: query 0 of the invocation's four, columns 4·column + 32·2 … + 3 of the workgroup's. Named, not indexed:
  // software adapters keep an indexed array in memory.
  var sum00 = vec4<f32>();
  var sum01 = vec4<f32>();
  var sum02 = vec4<f32>();
  var sum03 = vec4<f32>();
  var sum10 = vec4<f32>();
  var sum11 = vec4<f32>();
  var sum12 = vec4<f32>();
  var sum13 = vec4<f32>();
  var sum20 = vec4<f32>();
  var sum21 = vec4<f32>();
  var sum22 = vec4<f32>();
  var sum23 = vec4<f32>();
  var sum30 = vec4<f32>();
  var sum31 = vec4<f32>();
  var sum32 = vec4<f32>();
  var sum33 = vec4<f32>();
  for (var first_key = 0u; first_key < params.keys; first_key += KEYS) {
    score_tile(first_query, first_key, head_start, lane);
    workgroupBarrier();
    if (lane < QUERIES) {
      softmax_row(lane);
    }
    workgroupBarrier();
    let rescale0 = sh_rescale[query];
    let rescale1 = sh_rescale[query + 1u];
    let rescale2 = sh_rescale[query + 2u];
    let rescale3 = sh_rescale[query + 3u];
    sum00 *= rescale0;
    sum01 *= rescale0;
    sum02 *= rescale0;
    sum03 *= rescale0;
    sum10 *= rescale1;
    sum11 *= rescale1;
    sum12 *= rescale1;
    sum13 *= rescale1;
    sum20 *= rescale2;
    sum21 *= rescale2;
    sum22 *= rescale2;
    sum23 *= rescale2;
    sum30 *= rescale3;
    sum31 *= rescale3;
    sum32 *= rescale3;
    sum33 *= rescale3;
    for (var part = 0u; part < KEYS; part += VALUE_KEYS) {
      workgroupBarrier();
      for (var i = lane; i < VALUE_KEYS * COLUMNS / 4u; i += 64u) {
        sh_v[i] = load_v(first_key + part + i / (COLUMNS / 4u), first_column + (i % (COLUMNS / 4u)) * 4u, head_start);
      }
      workgroupBarrier();
      for (var j = 0u; j < VALUE_KEYS; j++) {
        let at = (part + j) * QUERIES + query;
        let v0 = sh_v[j * (COLUMNS / 4u) + column];
        let v1 = sh_v[j * (COLUMNS / 4u) + column + 8u];
        let v2 = sh_v[j * (COLUMNS / 4u) + column + 16u];
        let v3 = sh_v[j * (COLUMNS / 4u) + column + 24u];
        let weight0 = sh_score[at];
        sum00 += weight0 * v0;
        sum01 += weight0 * v1;
        sum02 += weight0 * v2;
        sum03 += weight0 * v3;
        let weight1 = sh_score[at + 1u];
        sum10 += weight1 * v0;
        sum11 += weight1 * v1;
        sum12 += weight1 * v2;
        sum13 += weight1 * v3;
        let weight2 = sh_score[at + 2u];
        sum20 += weight2 * v0;
        sum21 += weight2 * v1;
        sum22 += weight2 * v2;
        sum23 += weight2 * v3;
        let weight3 = sh_score[at + 3u];
        sum30 += weight3 * v0;
        sum31 += weight3 * v1;
        sum32 += weight3 * v2;
        sum33 += weight3 * v3;
      }
    }
  }
  let first = first_column + column * 4u;
  let inverse0 = 1.0 / sh_sum[query];
  store_out(first_query + query, first, head_start, sum00 * inverse0);
  store_out(first_query + query, first + 32u, head_start, sum01 * inverse0);
  store_out(first_query + query, first + 64u, head_start, sum02 * inverse0);
  store_out(first_query + query, first + 96u, head_start, sum03 * inverse0);
  let inverse1 = 1.0 / sh_sum[query + 1u];
  store_out(first_query + query + 1u, first, head_start, sum10 * inverse1);
  store_out(first_query + query + 1u, first + 32u, head_start, sum11 * inverse1);
  store_out(first_query + query + 1u, first + 64u, head_start, sum12 * inverse1);
  store_out(first_query + query + 1u, first + 96u, head_start, sum13 * inverse1);
  let inverse2 = 1.0 / sh_sum[query + 2u];
  store_out(first_query + query + 2u, first, head_start, sum20 * inverse2);
  store_out(first_query + query + 2u, first + 32u, head_start, sum21 * inverse2);
  store_out(first_query + query + 2u, first + 64u, head_start, sum22 * inverse2);
  store_out(first_query + query + 2u, first + 96u, head_start, sum23 * inverse2);
  let inverse3 = 1.0 / sh_sum[query + 3u];
  store_out(first_query + query + 3u, first, head_start, sum30 * inverse3);
  store_out(first_query + query + 3u, first + 32u, head_start, sum31 * inverse3);
  store_out(first_query + query + 3u, first + 64u, head_start, sum32 * inverse3);
  store_out(first_query + query + 3u, first + 96u, head_start, sum33 * inverse3);
}
