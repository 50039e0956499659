// Scores and softmax weights of a tile of 32 queries and 32 keys, for a workgroup of 64.
// Uses load_q and load_k of `keys` and the kernel's score_of. sh_q and sh_k: [depth][line / 4],
// four lines of one column; sh_score: [key][query].
const QUERIES = 32u;
const KEYS = 32u;
const DEPTH = 16u;

var<workgroup> sh_q: array<vec4<f32>, DEPTH * QUERIES / 4u>;
var<workgroup> sh_k: array<vec4<f32>, DEPTH * KEYS / 4u>;
var<workgroup> sh_score: array<f32, KEYS * QUERIES>;
var<workgroup> sh_max: array<f32, QUERIES>;
var<workgroup> sh_sum: array<f32, QUERIES>;
var<workgroup> sh_rescale: array<f32, QUERIES>;

// Scores of 32 queries and 32 keys into sh_score, 4 × 4 an invocation; keys past the end get LOWEST.
fn score_tile(first_query: u32, first_key: u32, head_start: u32, lane: u32) {
  let query = lane / 8u;
  let key = lane % 8u;
  // Half of the invocations load q, half k, each a block of 4 lines by 4 columns.
  let line = (lane % 32u) / 4u;
  let column = (lane % 4u) * 4u;
  let to = column * 8u + line;
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  for (var d = 0u; d < params.head_dim; d += DEPTH) {
    workgroupBarrier();
    if (lane < 32u) {
      let first = first_query + line * 4u;
      let block = transpose(mat4x4<f32>(
        load_q(first, d + column, head_start),
        load_q(first + 1u, d + column, head_start),
        load_q(first + 2u, d + column, head_start),
        load_q(first + 3u, d + column, head_start),
      ));
      sh_q[to] = block[0];
      sh_q[to + 8u] = block[1];
      sh_q[to + 16u] = block[2];
      sh_q[to + 24u] = block[3];
    } else {
      let first = first_key + line * 4u;
      let block = transpose(mat4x4<f32>(
        load_k(first, d + column, head_start),
        load_k(first + 1u, d + column, head_start),
        load_k(first + 2u, d + column, head_start),
        load_k(first + 3u, d + column, head_start),
      ));
      sh_k[to] = block[0];
      sh_k[to + 8u] = block[1];
      sh_k[to + 16u] = block[2];
      sh_k[to + 24u] = block[3];
    }
    workgroupBarrier();
    for (var j = 0u; j < DEPTH; j++) {
      let queries = sh_q[j * 8u + query];
      let keys = sh_k[j * 8u + key];
      sum0 += queries.x * keys;
      sum1 += queries.y * keys;
      sum2 += queries.z * keys;
      sum3 += queries.w * keys;
    }
  }
  for (var j = 0u; j < 4u; j++) {
    sh_score[(key * 4u + j) * QUERIES + query * 4u] = score_of(sum0[j], first_key + key * 4u + j);
    sh_score[(key * 4u + j) * QUERIES + query * 4u + 1u] = score_of(sum1[j], first_key + key * 4u + j);
    sh_score[(key * 4u + j) * QUERIES + query * 4u + 2u] = score_of(sum2[j], first_key + key * 4u + j);
    sh_score[(key * 4u + j) * QUERIES + query * 4u + 3u] = score_of(sum3[j], first_key + key * 4u + j);
  }
}

// Turns the scores of a query into weights relative to its new maximum; sh_rescale is what earlier weights shrink by.
fn softmax_row(query: u32) {
  var highest = sh_max[query];
  for (var j = 0u; j < KEYS; j++) {
    highest = max(highest, sh_score[j * QUERIES + query]);
  }
  var sum = 0.0;
  for (var j = 0u; j < KEYS; j++) {
    let weight = exp(sh_score[j * QUERIES + query] - highest);
    sh_score[j * QUERIES + query] = weight;
    sum += weight;
  }
  let rescale = exp(sh_max[query] - highest);
  sh_rescale[query] = rescale;
  sh_sum[query] = sh_sum[query] * rescale + sum;
  sh_max[query] = highest;
}
