enable subgroups;
// Attention of 64 queries and 64 keys at a time on a GPU's matrix units: four subgroups of 32 lanes, each 16 queries, whose
// matrices stay in registers, as do its sums over 128 columns. Products are of f16, sums, scores and softmax in f32. Heads
// are 128 wide. A row of scores belongs to two neighbouring lanes. Keys and values take turns in workgroup memory; while
// one is multiplied the other is on its way from memory, in registers.
// A matrix's rows can be multiplied only by way of workgroup memory. So what weights are relative to is raised only where
// a score exceeds it by GROWTH; they stay below exp(GROWTH), which f16 holds.
// What limits it: each subgroup reads all keys and values from workgroup memory for 16 queries; 45 KiB of it.
//! given INVOCATIONS, WORKGROUP_QUERIES, COLUMNS, KEYS
#import attention/score_rows.wgsl

const PITCH = COLUMNS / 8u + 1u; // vec4s from a line to the next: eight lines begin in different banks
const EIGHTS = COLUMNS / 8u; // of a line, and the lanes that load it
const LINES = INVOCATIONS / EIGHTS; // loaded at once

var<workgroup> sh_lines: array<vec4<u32>, max(KEYS, WORKGROUP_QUERIES) * PITCH>; // [line][column / 8]: queries, then keys and values in turn

// Eight columns of a key, or of a value, as they lie in memory.
fn fetch_k8(key: u32, column: u32, head_start: u32) -> vec4<u32> {
  return k_at(min(key, params.keys - 1u), head_start + column);
}

fn fetch_v8(key: u32, column: u32, head_start: u32) -> vec4<u32> {
  return v_at(min(key, params.keys - 1u), head_start + column);
}

fn put_line(line: u32, eight: u32, values: vec4<u32>) {
  sh_lines[line * PITCH + eight] = values;
}

// Sources of matrices.
const QUERIES = 0u;
const WEIGHTS = 1u;
const KEY_LINES = 0u; // transposed
const VALUE_LINES = 1u;

fn left_part(source: u32, query: u32, k: u32) -> LeftPart {
  if (source == WEIGHTS) {
    return weight_part(query, k);
  }
  return subgroupMatrixLoad<LeftPart, row_major>(&sh_lines, query * PITCH + k / 8u, PITCH);
}

fn right_part(source: u32, k: u32, column: u32) -> RightPart {
  if (source == VALUE_LINES) {
    return subgroupMatrixLoad<RightPart, row_major>(&sh_lines, k * PITCH + column / 8u, PITCH);
  }
  return subgroupMatrixLoad<RightPart, col_major>(&sh_lines, column * PITCH + k / 8u, PITCH);
}

fn attend(group: vec3<u32>, lane: u32) {
  let first_query = group.x * WORKGROUP_QUERIES;
  let head_start = group.y * params.head_dim;
  let eight = lane % EIGHTS;
  let column = 8u * eight;
  let line = lane / EIGHTS;
  let own = lane / SUBGROUP * SIDE; // the first of the subgroup's queries
  for (var i = line; i < WORKGROUP_QUERIES; i += LINES) {
    let query = first_query + i;
    put_line(i, eight, halves(params.scale * load_q(query, column, head_start), params.scale * load_q(query, column + 4u, head_start)));
  }
  workgroupBarrier();
  let q0 = left(QUERIES, own, 0u);
  let q1 = left(QUERIES, own, SIDE);
  let q2 = left(QUERIES, own, 2u * SIDE);
  let q3 = left(QUERIES, own, 3u * SIDE);
  let q4 = left(QUERIES, own, 4u * SIDE);
  let q5 = left(QUERIES, own, 5u * SIDE);
  let q6 = left(QUERIES, own, 6u * SIDE);
  let q7 = left(QUERIES, own, 7u * SIDE);
  var outs0 = Sums(); var outs1 = Sums(); var outs2 = Sums(); var outs3 = Sums();
  var outs4 = Sums(); var outs5 = Sums(); var outs6 = Sums(); var outs7 = Sums();
  var softmax = Softmax(LOWEST, 0.0);
  var next0 = fetch_k8(line, column, head_start);
  var next1 = fetch_k8(line + LINES, column, head_start);
  var next2 = fetch_k8(line + 2u * LINES, column, head_start);
  var next3 = fetch_k8(line + 3u * LINES, column, head_start);
  var next4 = fetch_k8(line + 4u * LINES, column, head_start);
  var next5 = fetch_k8(line + 5u * LINES, column, head_start);
  var next6 = fetch_k8(line + 6u * LINES, column, head_start);
  var next7 = fetch_k8(line + 7u * LINES, column, head_start);
  for (var first_key = 0u; first_key < params.keys; first_key += KEYS) {
    workgroupBarrier();
    put_line(line, eight, next0);
    put_line(line + LINES, eight, next1);
    put_line(line + 2u * LINES, eight, next2);
    put_line(line + 3u * LINES, eight, next3);
    put_line(line + 4u * LINES, eight, next4);
    put_line(line + 5u * LINES, eight, next5);
    put_line(line + 6u * LINES, eight, next6);
    put_line(line + 7u * LINES, eight, next7);
    workgroupBarrier();
    let value = first_key + line;
    next0 = fetch_v8(value, column, head_start);
    next1 = fetch_v8(value + LINES, column, head_start);
    next2 = fetch_v8(value + 2u * LINES, column, head_start);
    next3 = fetch_v8(value + 3u * LINES, column, head_start);
    next4 = fetch_v8(value + 4u * LINES, column, head_start);
    next5 = fetch_v8(value + 5u * LINES, column, head_start);
    next6 = fetch_v8(value + 6u * LINES, column, head_start);
    next7 = fetch_v8(value + 7u * LINES, column, head_start);
    for (var key = 0u; key < KEYS; key += SIDE) {
      var scores = multiply_add(q0, right(KEY_LINES, 0u, key), Sums());
      scores = multiply_add(q1, right(KEY_LINES, SIDE, key), scores);
      scores = multiply_add(q2, right(KEY_LINES, 2u * SIDE, key), scores);
      scores = multiply_add(q3, right(KEY_LINES, 3u * SIDE, key), scores);
      scores = multiply_add(q4, right(KEY_LINES, 4u * SIDE, key), scores);
      scores = multiply_add(q5, right(KEY_LINES, 5u * SIDE, key), scores);
      scores = multiply_add(q6, right(KEY_LINES, 6u * SIDE, key), scores);
      scores = multiply_add(q7, right(KEY_LINES, 7u * SIDE, key), scores);
      put_sums(scores, own, key);
    }
    workgroupBarrier();
    put_line(line, eight, next0);
    put_line(line + LINES, eight, next1);
    put_line(line + 2u * LINES, eight, next2);
    put_line(line + 3u * LINES, eight, next3);
    put_line(line + 4u * LINES, eight, next4);
    put_line(line + 5u * LINES, eight, next5);
    put_line(line + 6u * LINES, eight, next6);
    put_line(line + 7u * LINES, eight, next7);
    let key = first_key + KEYS + line;
    next0 = fetch_k8(key, column, head_start);
    next1 = fetch_k8(key + LINES, column, head_start);
    next2 = fetch_k8(key + 2u * LINES, column, head_start);
    next3 = fetch_k8(key + 3u * LINES, column, head_start);
    next4 = fetch_k8(key + 4u * LINES, column, head_start);
    next5 = fetch_k8(key + 5u * LINES, column, head_start);
    next6 = fetch_k8(key + 6u * LINES, column, head_start);
    next7 = fetch_k8(key + 7u * LINES, column, head_start);
    softmax = weigh(softmax, first_key, lane);
    let grown = workgroupUniformLoad(&sh_grown);
    if (first_key > 0u && grown == first_key) {
      outs0 = rescaled(outs0, own, lane);
      outs1 = rescaled(outs1, own, lane);
      outs2 = rescaled(outs2, own, lane);
      outs3 = rescaled(outs3, own, lane);
      outs4 = rescaled(outs4, own, lane);
      outs5 = rescaled(outs5, own, lane);
      outs6 = rescaled(outs6, own, lane);
      outs7 = rescaled(outs7, own, lane);
    }
    for (var key = 0u; key < KEYS; key += SIDE) {
      let weights = left(WEIGHTS, own, key);
      outs0 = multiply_add(weights, right(VALUE_LINES, key, 0u), outs0);
      outs1 = multiply_add(weights, right(VALUE_LINES, key, SIDE), outs1);
      outs2 = multiply_add(weights, right(VALUE_LINES, key, 2u * SIDE), outs2);
      outs3 = multiply_add(weights, right(VALUE_LINES, key, 3u * SIDE), outs3);
      outs4 = multiply_add(weights, right(VALUE_LINES, key, 4u * SIDE), outs4);
      outs5 = multiply_add(weights, right(VALUE_LINES, key, 5u * SIDE), outs5);
      outs6 = multiply_add(weights, right(VALUE_LINES, key, 6u * SIDE), outs6);
      outs7 = multiply_add(weights, right(VALUE_LINES, key, 7u * SIDE), outs7);
    }
  }
  finish_rows(softmax, lane);
  store_outs(outs0, first_query, 0u, head_start, lane);
  store_outs(outs1, first_query, SIDE, head_start, lane);
  store_outs(outs2, first_query, 2u * SIDE, head_start, lane);
  store_outs(outs3, first_query, 3u * SIDE, head_start, lane);
  store_outs(outs4, first_query, 4u * SIDE, head_start, lane);
  store_outs(outs5, first_query, 5u * SIDE, head_start, lane);
  store_outs(outs6, first_query, 6u * SIDE, head_start, lane);
  store_outs(outs7, first_query, 7u * SIDE, head_start, lane);
}
