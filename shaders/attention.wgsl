// out = softmax(q · kᵀ · scale + bias) · v per head, bias = last_bias for the last key and 0 for the others; as `queries`
// says, q is q / sqrt(mean(q²) + query_eps) over all heads
// q [L, N·d], k [S, N·d], v [S, N·d] -> out [L, N·d], all scalar; d is head_dim, head n has columns n·d … (n+1)·d.
// One workgroup: WORKGROUP_QUERIES Q of a head and C of its columns, some keys at a time with an online softmax in f32:
// memory does not grow with L·S. Grid (ceil(L / Q), N, ceil(d / C)), C being COLUMNS, or three times as many in octs. S is
// at least 1; last_bias stands for the logarithm of how many identical keys the last one represents. k and v hold the
// first_keys, k_rest and v_rest those after them where one binding is too small. Reference: test/reference/attention.ts
#import scalar
#import keys
#import queries
#import attention_loop

const COLUMNS = 128u;
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
