// Scores and softmax weights of 64 queries and 32 keys, for a workgroup of 128 lanes: a lane has queries 4 quad … + 3 and
// keys own, own + 8, own + 16 and own + 24, where quad = lane / 8 and own = lane % 8.
//! given INVOCATIONS, WORKGROUP_QUERIES, COLUMNS, KEYS
const DEPTH = 16u; // columns at a time
const VALUE_KEYS = 8u; // at a time: one of each lane of a row
const QUERY_BLOCKS = WORKGROUP_QUERIES / 4u;
const BLOCKS = QUERY_BLOCKS + KEYS / 4u; // of four lines: queries, then keys

// In turn [column][block], four lines of one column; and [key][vec4 of columns], values.
var<workgroup> sh_tile: array<vec4<product>, max(DEPTH * BLOCKS, VALUE_KEYS * COLUMNS / 4u)>;
var<workgroup> sh_weight: array<vec4<product>, INVOCATIONS>; // [quad][own], of four queries: a key of each lane
var<workgroup> sh_row: array<vec4<f32>, INVOCATIONS>; // [quad][own], of four queries: what each lane has of a row

// Where a block is among those of a column. Four neighbours store one block at four columns: shuffled, they fall on
// different banks.
fn place(block: u32, column: u32) -> u32 {
  return column * BLOCKS + (block ^ (column / 4u * 2u));
}

fn store_block(block: u32, column: u32, lines: mat4x4<f32>) {
  let columns = mat4x4<product>(transpose(lines));
  sh_tile[place(block, column)] = columns[0];
  sh_tile[place(block, column + 1u)] = columns[1];
  sh_tile[place(block, column + 2u)] = columns[2];
  sh_tile[place(block, column + 3u)] = columns[3];
}

fn scores_of(products: vec4<f32>, key: u32) -> vec4<f32> {
  return vec4<f32>(score_of(products.x, key), score_of(products.y, key), score_of(products.z, key), score_of(products.w, key));
}

// A column for each key of the lane, four queries long; keys past the end get LOWEST. Queries are scaled before they are
// multiplied, so that no sum leaves the range of f16.
fn score_tile(first_query: u32, first_key: u32, head_start: u32, lane: u32) -> mat4x4<f32> {
  let block = lane / 4u;
  let column = lane % 4u * 4u;
  let own = lane % 8u;
  var sums = mat4x4<f32>();
  for (var d = 0u; d < params.head_dim; d += DEPTH) {
    workgroupBarrier();
    if (block < QUERY_BLOCKS) {
      let first = first_query + block * 4u;
      store_block(block, column, params.scale * mat4x4<f32>(
        load_q(first, d + column, head_start),
        load_q(first + 1u, d + column, head_start),
        load_q(first + 2u, d + column, head_start),
        load_q(first + 3u, d + column, head_start),
      ));
    } else if (block < BLOCKS) {
      let first = first_key + block - QUERY_BLOCKS;
      store_block(block, column, mat4x4<f32>(
        load_k(first, d + column, head_start),
        load_k(first + 8u, d + column, head_start),
        load_k(first + 16u, d + column, head_start),
        load_k(first + 24u, d + column, head_start),
      ));
    }
    workgroupBarrier();
    var part = part_of(sums);
    for (var j = 0u; j < DEPTH; j++) {
      part += outer(sh_tile[place(QUERY_BLOCKS + own, j)], sh_tile[place(lane / 8u, j)]);
    }
    sums = with_part(sums, part);
  }
  let key = first_key + own;
  return mat4x4<f32>(scores_of(sums[0], key), scores_of(sums[1], key + 8u), scores_of(sums[2], key + 16u), scores_of(sums[3], key + 24u));
}

// Of a lane's four queries.
struct Softmax {
  weights: mat4x4<f32>, // of its four keys, relative to the highest score so far
  highest: vec4<f32>, // the same for all eight lanes of a row
  total: vec4<f32>, // of the weights that this lane gave
  rescale: vec4<f32>, // what earlier weights shrink by
}

fn weigh(scores: mat4x4<f32>, before: Softmax, lane: u32) -> Softmax {
  sh_row[lane] = max(max(scores[0], scores[1]), max(scores[2], scores[3]));
  workgroupBarrier();
  var highest = before.highest;
  for (var i = 0u; i < 8u; i++) {
    highest = max(highest, sh_row[lane / 8u * 8u + i]);
  }
  let rescale = exp(before.highest - highest);
  let weights = mat4x4<f32>(exp(scores[0] - highest), exp(scores[1] - highest), exp(scores[2] - highest), exp(scores[3] - highest));
  return Softmax(weights, highest, before.total * rescale + weights * vec4<f32>(1.0), rescale);
}

// One over the sum of all weights of four queries, from what each lane of their row gave.
fn inverse_sum(total: vec4<f32>, lane: u32) -> vec4<f32> {
  workgroupBarrier();
  sh_row[lane] = total;
  workgroupBarrier();
  var sum = vec4<f32>();
  for (var i = 0u; i < 8u; i++) {
    sum += sh_row[lane / 8u * 8u + i];
  }
  return 1.0 / sum;
}
