// out = softmax(q · kᵀ · scale + bias) · v per head, bias = last_bias for the last key and 0 for the others
// q [L, N·d], k [S, N·d], v [S, N·d] -> out [L, N·d], all scalar; d is head_dim, head n has columns n·d … (n+1)·d.
// One workgroup: 32 queries of a head and 128 of its columns, keys 32 at a time with an online softmax in f32: memory
// does not grow with L·S. Grid (ceil(L / 32), N, ceil(d / 128)). S is at least 1; last_bias stands for the logarithm of
// how many identical keys the last one represents. Reference: test/reference/attention.ts
#import scalar

const QUERIES = 32u;
const KEYS = 32u;
const COLUMNS = 128u;
const DEPTH = 16u;
const VALUE_KEYS = 8u;
const LOWEST = -1e30;

struct Params {
  grid_origin: vec3<u32>,
  queries: u32,
  keys: u32,
  dim: u32,
  head_dim: u32,
  scale: f32,
  last_bias: f32,
}

@group(0) @binding(0) var<storage, read> q: array<scalar>;
@group(0) @binding(1) var<storage, read> k: array<scalar>;
@group(0) @binding(2) var<storage, read> v: array<scalar>;
@group(0) @binding(3) var<storage, read_write> out: array<scalar>;
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> sh_q: array<f32, DEPTH * QUERIES>;
var<workgroup> sh_k: array<f32, DEPTH * KEYS>;
var<workgroup> sh_score: array<f32, QUERIES * KEYS>;
var<workgroup> sh_v: array<vec4<f32>, VALUE_KEYS * COLUMNS / 4u>;
var<workgroup> sh_max: array<f32, QUERIES>;
var<workgroup> sh_sum: array<f32, QUERIES>;
var<workgroup> sh_rescale: array<f32, QUERIES>;

// Scores of 32 queries and 32 keys into sh_score; keys past the end get LOWEST.
fn score_tile(first_query: u32, first_key: u32, head_start: u32, lane: u32) {
  let lane_query = (lane / 8u) * 4u;
  let lane_key = (lane % 8u) * 4u;
  var sums: array<vec4<f32>, 4>;
  for (var d = 0u; d < params.head_dim; d += DEPTH) {
    workgroupBarrier();
    for (var i = lane; i < DEPTH * QUERIES; i += 64u) {
      let line = i / DEPTH;
      let column = d + i % DEPTH;
      let inside = column < params.head_dim;
      var q_value = 0.0;
      var k_value = 0.0;
      if (inside && first_query + line < params.queries) {
        q_value = f32(q[(first_query + line) * params.dim + head_start + column]);
      }
      if (inside && first_key + line < params.keys) {
        k_value = f32(k[(first_key + line) * params.dim + head_start + column]);
      }
      sh_q[(i % DEPTH) * QUERIES + line] = q_value;
      sh_k[(i % DEPTH) * KEYS + line] = k_value;
    }
    workgroupBarrier();
    for (var j = 0u; j < DEPTH; j++) {
      let at_k = j * KEYS + lane_key;
      let keys = vec4<f32>(sh_k[at_k], sh_k[at_k + 1u], sh_k[at_k + 2u], sh_k[at_k + 3u]);
      for (var i = 0u; i < 4u; i++) {
        sums[i] += sh_q[j * QUERIES + lane_query + i] * keys;
      }
    }
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let key = first_key + lane_key + j;
      var score = LOWEST;
      if (key < params.keys) {
        score = sums[i][j] * params.scale + select(0.0, params.last_bias, key + 1u == params.keys);
      }
      sh_score[(lane_query + i) * KEYS + lane_key + j] = score;
    }
  }
}

// Turns scores into weights relative to the row's new maximum; sh_rescale is what earlier weights shrink by.
fn softmax_row(row: u32) {
  var highest = sh_max[row];
  for (var j = 0u; j < KEYS; j++) {
    highest = max(highest, sh_score[row * KEYS + j]);
  }
  var sum = 0.0;
  for (var j = 0u; j < KEYS; j++) {
    let weight = exp(sh_score[row * KEYS + j] - highest);
    sh_score[row * KEYS + j] = weight;
    sum += weight;
  }
  let rescale = exp(sh_max[row] - highest);
  sh_rescale[row] = rescale;
  sh_sum[row] = sh_sum[row] * rescale + sum;
  sh_max[row] = highest;
}

fn load_v(key: u32, column: u32, head_start: u32) -> f32 {
  if (key < params.keys && column < params.head_dim) {
    return f32(v[key * params.dim + head_start + column]);
  }
  return 0.0;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = workgroup + params.grid_origin;
  let first_query = group.x * QUERIES;
  let head_start = group.y * params.head_dim;
  let first_column = group.z * COLUMNS;
  let lane_query = (lane / 8u) * 4u;
  let lane_column = (lane % 8u) * 4u;
  if (lane < QUERIES) {
    sh_max[lane] = LOWEST;
    sh_sum[lane] = 0.0;
  }
  // sums[i][c]: query lane_query + i, columns lane_column + 32·c … + 3.
  var sums: array<array<vec4<f32>, 4>, 4>;
  for (var first_key = 0u; first_key < params.keys; first_key += KEYS) {
    score_tile(first_query, first_key, head_start, lane);
    workgroupBarrier();
    if (lane < QUERIES) {
      softmax_row(lane);
    }
    workgroupBarrier();
    for (var i = 0u; i < 4u; i++) {
      for (var c = 0u; c < 4u; c++) {
        sums[i][c] *= sh_rescale[lane_query + i];
      }
    }
    for (var part = 0u; part < KEYS; part += VALUE_KEYS) {
      workgroupBarrier();
      for (var i = lane; i < VALUE_KEYS * COLUMNS / 4u; i += 64u) {
        let key = first_key + part + i / (COLUMNS / 4u);
        let column = first_column + (i % (COLUMNS / 4u)) * 4u;
        sh_v[i] = vec4<f32>(load_v(key, column, head_start), load_v(key, column + 1u, head_start), load_v(key, column + 2u, head_start), load_v(key, column + 3u, head_start));
      }
      workgroupBarrier();
      for (var j = 0u; j < VALUE_KEYS; j++) {
        for (var i = 0u; i < 4u; i++) {
          let weight = sh_score[(lane_query + i) * KEYS + part + j];
          for (var c = 0u; c < 4u; c++) {
            sums[i][c] += weight * sh_v[j * (COLUMNS / 4u) + lane_column / 4u + c * 8u];
          }
        }
      }
    }
  }
  for (var i = 0u; i < 4u; i++) {
    let query = first_query + lane_query + i;
    let inverse = 1.0 / sh_sum[lane_query + i];
    for (var j = 0u; j < 16u; j++) {
      let column = first_column + lane_column + (j / 4u) * 32u + j % 4u;
      if (query < params.queries && column < params.head_dim) {
        out[query * params.dim + head_start + column] = scalar(sums[i][j / 4u][j % 4u] * inverse);
      }
    }
  }
}
