// The rows of scores of loops/subgroup_matrix, in workgroup memory: 64 queries by 64 keys, a row for two neighbouring lanes,
// each with every other eight of its keys; their softmax, and what it does to the sums.
//! given WORKGROUP_QUERIES, KEYS
//! slot matrix (lib/matrix_*): SUBGROUP, SIDE, Left, Right, Sums, LeftPart, RightPart, SumsPart, left(source, row, k), right(source, k, column), put_sums(sums, row, column), multiply_add(a, b, sums)
//! slot matrix_sums (attention/sums_*): read_sums(row, column)

const SCORE_ROW = KEYS / 4u + 2u; // vec4s from a row to the next
const WEIGHT_ROW = KEYS / 8u + 1u;
const GROWTH = 8.0;

var<workgroup> sh_scores: array<vec4<f32>, WORKGROUP_QUERIES * SCORE_ROW>; // [query][key / 4]; by turns sums, [query][column / 4]
var<workgroup> sh_weights: array<vec4<u32>, WORKGROUP_QUERIES * WEIGHT_ROW>; // [query][key / 8], f16
var<workgroup> sh_factor: array<f32, WORKGROUP_QUERIES>; // what the sums of a query are multiplied by
var<workgroup> sh_grown: u32; // the latest first_key at which some factor was not 1

// Of a row.
struct Softmax {
  reference: f32, // the score that weighs 1
  total: f32, // of the weights that this lane gave
}

fn halves(first: vec4<f32>, second: vec4<f32>) -> vec4<u32> {
  return vec4<u32>(bitcast<vec2<u32>>(vec4<f16>(first)), bitcast<vec2<u32>>(vec4<f16>(second)));
}

fn put_part(part: SumsPart, query: u32, key: u32) {
  subgroupMatrixStore<row_major>(&sh_scores, query * SCORE_ROW + key / 4u, part, SCORE_ROW);
}

fn sums_part(query: u32, key: u32) -> SumsPart {
  return subgroupMatrixLoad<SumsPart, row_major>(&sh_scores, query * SCORE_ROW + key / 4u, SCORE_ROW);
}

fn weight_part(query: u32, key: u32) -> LeftPart {
  return subgroupMatrixLoad<LeftPart, row_major>(&sh_weights, query * WEIGHT_ROW + key / 8u, WEIGHT_ROW);
}

fn scores_at(row: u32, key: u32, first_key: u32) -> vec4<f32> {
  let scaled = sh_scores[row * SCORE_ROW + key / 4u];
  let k = first_key + key;
  return vec4<f32>(score_of(scaled.x, k), score_of(scaled.y, k + 1u), score_of(scaled.z, k + 2u), score_of(scaled.w, k + 3u));
}

fn highest_of(a: vec4<f32>, b: vec4<f32>) -> f32 {
  let four = max(a, b);
  let two = max(four.xy, four.zw);
  return max(two.x, two.y);
}

// Gives the sum of the eight weights.
fn put_weights(row: u32, key: u32, first: vec4<f32>, second: vec4<f32>) -> f32 {
  sh_weights[row * WEIGHT_ROW + key / 8u] = halves(first, second);
  return dot(first + second, vec4<f32>(1.0));
}

// Scores in workgroup memory become weights there, and the row's factor.
fn weigh(before: Softmax, first_key: u32, lane: u32) -> Softmax {
  let row = lane / 2u;
  let key = lane % 2u * 8u;
  let a0 = scores_at(row, key, first_key);
  let a1 = scores_at(row, key + 4u, first_key);
  let b0 = scores_at(row, key + 16u, first_key);
  let b1 = scores_at(row, key + 20u, first_key);
  let c0 = scores_at(row, key + 32u, first_key);
  let c1 = scores_at(row, key + 36u, first_key);
  let d0 = scores_at(row, key + 48u, first_key);
  let d1 = scores_at(row, key + 52u, first_key);
  let own = max(max(highest_of(a0, a1), highest_of(b0, b1)), max(highest_of(c0, c1), highest_of(d0, d1)));
  let highest = max(own, subgroupShuffleXor(own, 1u));
  let grows = highest > before.reference + GROWTH;
  let reference = select(before.reference, highest, grows);
  let factor = exp(before.reference - reference);
  sh_factor[row] = factor;
  if (grows && first_key > 0u) {
    sh_grown = first_key;
  }
  var total = before.total * factor;
  total += put_weights(row, key, exp(a0 - reference), exp(a1 - reference));
  total += put_weights(row, key + 16u, exp(b0 - reference), exp(b1 - reference));
  total += put_weights(row, key + 32u, exp(c0 - reference), exp(c1 - reference));
  total += put_weights(row, key + 48u, exp(d0 - reference), exp(d1 - reference));
  return Softmax(reference, total);
}

// 16 columns of sums multiplied by their queries' factors.
fn rescaled(sums: Sums, query: u32, lane: u32) -> Sums {
  workgroupBarrier();
  put_sums(sums, query, 0u);
  workgroupBarrier();
  let row = lane / 2u;
  let at = row * SCORE_ROW + lane % 2u;
  sh_scores[at] *= sh_factor[row];
  sh_scores[at + 2u] *= sh_factor[row];
  workgroupBarrier();
  return read_sums(query, 0u);
}

// The factor becomes one over the sum of all weights.
fn finish_rows(softmax: Softmax, lane: u32) {
  sh_factor[lane / 2u] = 1.0 / (softmax.total + subgroupShuffleXor(softmax.total, 1u));
}

// 16 columns of a subgroup's 16 queries.
fn store_outs(sums: Sums, first_query: u32, column: u32, head_start: u32, lane: u32) {
  workgroupBarrier();
  put_sums(sums, lane / SUBGROUP * SIDE, 0u);
  workgroupBarrier();
  let row = lane / 2u;
  let at = row * SCORE_ROW + lane % 2u;
  let first = column + lane % 2u * 4u;
  store_out(first_query + row, first, head_start, sh_scores[at] * sh_factor[row]);
  store_out(first_query + row, first + 8u, head_start, sh_scores[at + 2u] * sh_factor[row]);
}
