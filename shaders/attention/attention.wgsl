// out = softmax(q · kᵀ · scale + bias) · v per head, bias = last_bias for the last key and 0 for others; the slot queries may norm q first
// q, out [L, N·d], k, v [S, N·d], all scalar; d is head_dim, head n has columns n·d … (n+1)·d -> out
// One workgroup: Q = WORKGROUP_QUERIES of a head by C = COLUMNS of it, KEYS at a time, online softmax in f32: grid (ceil(L / Q), N, ceil(d / C)).
// S ≥ 1; last_bias is ln of how many keys the last one stands for; k, v hold first_keys, k_rest, v_rest the rest where one binding is too small.
// Reference: test/reference/attention.ts
//! slot loop (attention/loops/*): attend(group, lane)
//! slot queries (attention/queries/*): prepare_queries(first_query, lane), load_q(query, column, head_start)
//! slot load (attention/loads/*): x_element, WIDTH, read_q(query, column, head_start), load_k(key, column, head_start), load_v(key, column, head_start)
//! slot keys (attention/keys/*): k_at(key, column), v_at(key, column)
//! given scalar, INVOCATIONS, WORKGROUP_QUERIES, COLUMNS, KEYS
const LOWEST = -1e30;

struct Params {
  grid_origin: vec3<u32>,
  queries: u32,
  keys: u32,
  first_keys: u32,
  dim: u32,
  head_dim: u32,
  scale: f32,
  last_bias: f32,
  query_eps: f32,
}

@group(0) @binding(0) var<storage, read> q: array<x_element>;
@group(0) @binding(1) var<storage, read> k: array<x_element>;
@group(0) @binding(2) var<storage, read> k_rest: array<x_element>;
@group(0) @binding(3) var<storage, read> v: array<x_element>;
@group(0) @binding(4) var<storage, read> v_rest: array<x_element>;
@group(0) @binding(5) var<storage, read_write> out: array<scalar>;
@group(0) @binding(6) var<uniform> params: Params;

// What a key weighs before the softmax, from its scaled product; LOWEST past the last key.
fn score_of(scaled: f32, key: u32) -> f32 {
  return select(LOWEST, scaled + select(0.0, params.last_bias, key + 1u == params.keys), key < params.keys);
}

fn store_out(query: u32, column: u32, head_start: u32, values: vec4<f32>) {
  if (query < params.queries) {
    for (var i = 0u; i < 4u && column + i < params.head_dim; i++) {
      out[query * params.dim + head_start + column + i] = scalar(values[i]);
    }
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = workgroup + params.grid_origin;
  prepare_queries(group.x * WORKGROUP_QUERIES, lane);
  attend(group, lane);
}
