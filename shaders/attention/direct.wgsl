// What the loops without workgroup memory share: keys and values, and softmax weights of a query, four keys of each lane.
// They define row_max and row_sum over the lanes that share a query.

// A query's weights of four keys, relative to its highest score so far, and what earlier weights shrink by.
struct Weights {
  values: vec4<f32>,
  highest: f32,
  rescale: f32,
}

fn weigh(products: vec4<f32>, first_key: u32, highest_before: f32) -> Weights {
  let scaled = products * params.scale;
  let scores = vec4<f32>(
    score_of(scaled.x, first_key),
    score_of(scaled.y, first_key + 1u),
    score_of(scaled.z, first_key + 2u),
    score_of(scaled.w, first_key + 3u),
  );
  let pair = max(scores.xy, scores.zw);
  let highest = max(row_max(max(pair.x, pair.y)), highest_before);
  return Weights(exp(scores - highest), highest, exp(highest_before - highest));
}

// One over the sum of all weights of a query.
fn inverse_sum(weights: vec4<f32>) -> f32 {
  return 1.0 / row_sum(dot(weights, vec4<f32>(1.0)));
}

// Four columns of four keys: a column of a matrix for each key.
fn load_keys(key: u32, column: u32, head_start: u32) -> mat4x4<f32> {
  return mat4x4<f32>(load_k(key, column, head_start), load_k(key + 1u, column, head_start), load_k(key + 2u, column, head_start), load_k(key + 3u, column, head_start));
}

// Four vec4s of a value, `pitch` columns apart: a column of a matrix for each.
fn load_value(key: u32, column: u32, pitch: u32, head_start: u32) -> mat4x4<f32> {
  return mat4x4<f32>(load_v(key, column, head_start), load_v(key, column + pitch, head_start), load_v(key, column + 2u * pitch, head_start), load_v(key, column + 3u * pitch, head_start));
}

// What four keys add.
fn weighted(w: vec4<f32>, v0: mat4x4<f32>, v1: mat4x4<f32>, v2: mat4x4<f32>, v3: mat4x4<f32>) -> mat4x4<f32> {
  return w.x * v0 + w.y * v1 + w.z * v2 + w.w * v3;
}
