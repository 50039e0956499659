enable subgroups;
// Attention of four quads of lanes, each 8 queries, 16 keys at a time, without workgroup memory: for adapters that are a
// CPU, see linear/loops/direct4. For the scores a lane takes 4 keys and shares the queries with its quad; for the values it
// takes every fourth vec4 of the columns, and the weights go round the quad. Lanes 4 i to 4 i + 3 are a quad.
//! given WORKGROUP_QUERIES, COLUMNS, KEYS
#import attention/direct.wgsl

const QUERIES = WORKGROUP_QUERIES / 4u; // of a quad

fn row_max(x: f32) -> f32 {
  let pair = max(x, quadSwapX(x));
  return max(pair, quadSwapY(pair));
}

fn row_sum(x: f32) -> f32 {
  let pair = x + quadSwapX(x);
  return pair + quadSwapY(pair);
}

fn attend(group: vec3<u32>, lane: u32) {
  let quad_lane = lane % 4u;
  let first_query = group.x * WORKGROUP_QUERIES + lane / 4u * QUERIES;
  let head_start = group.y * params.head_dim;
  let first_column = group.z * COLUMNS + quad_lane * 4u;
  // Named, not indexed: software adapters keep an indexed array in memory.
  var highest0 = LOWEST; var total0 = vec4<f32>(); var out0a = mat4x4<f32>(); var out0b = mat4x4<f32>();
  var highest1 = LOWEST; var total1 = vec4<f32>(); var out1a = mat4x4<f32>(); var out1b = mat4x4<f32>();
  var highest2 = LOWEST; var total2 = vec4<f32>(); var out2a = mat4x4<f32>(); var out2b = mat4x4<f32>();
  var highest3 = LOWEST; var total3 = vec4<f32>(); var out3a = mat4x4<f32>(); var out3b = mat4x4<f32>();
  var highest4 = LOWEST; var total4 = vec4<f32>(); var out4a = mat4x4<f32>(); var out4b = mat4x4<f32>();
  var highest5 = LOWEST; var total5 = vec4<f32>(); var out5a = mat4x4<f32>(); var out5b = mat4x4<f32>();
  var highest6 = LOWEST; var total6 = vec4<f32>(); var out6a = mat4x4<f32>(); var out6b = mat4x4<f32>();
  var highest7 = LOWEST; var total7 = vec4<f32>(); var out7a = mat4x4<f32>(); var out7b = mat4x4<f32>();
  for (var first_key = 0u; first_key < params.keys; first_key += KEYS) {
    let own_key = first_key + quad_lane * 4u;
    var score0 = vec4<f32>(); var score1 = vec4<f32>(); var score2 = vec4<f32>(); var score3 = vec4<f32>();
    var score4 = vec4<f32>(); var score5 = vec4<f32>(); var score6 = vec4<f32>(); var score7 = vec4<f32>();
    for (var d = 0u; d < params.head_dim; d += 4u) {
      let keys = load_keys(own_key, d, head_start);
      let queries = load_q(first_query + quad_lane, d, head_start);
      let more_queries = load_q(first_query + 4u + quad_lane, d, head_start);
      score0 += quadBroadcast(queries, 0u) * keys;
      score1 += quadBroadcast(queries, 1u) * keys;
      score2 += quadBroadcast(queries, 2u) * keys;
      score3 += quadBroadcast(queries, 3u) * keys;
      score4 += quadBroadcast(more_queries, 0u) * keys;
      score5 += quadBroadcast(more_queries, 1u) * keys;
      score6 += quadBroadcast(more_queries, 2u) * keys;
      score7 += quadBroadcast(more_queries, 3u) * keys;
    }
    let w0 = weigh(score0, own_key, highest0); highest0 = w0.highest; total0 = total0 * w0.rescale + w0.values; out0a *= w0.rescale; out0b *= w0.rescale;
    let w1 = weigh(score1, own_key, highest1); highest1 = w1.highest; total1 = total1 * w1.rescale + w1.values; out1a *= w1.rescale; out1b *= w1.rescale;
    let w2 = weigh(score2, own_key, highest2); highest2 = w2.highest; total2 = total2 * w2.rescale + w2.values; out2a *= w2.rescale; out2b *= w2.rescale;
    let w3 = weigh(score3, own_key, highest3); highest3 = w3.highest; total3 = total3 * w3.rescale + w3.values; out3a *= w3.rescale; out3b *= w3.rescale;
    let w4 = weigh(score4, own_key, highest4); highest4 = w4.highest; total4 = total4 * w4.rescale + w4.values; out4a *= w4.rescale; out4b *= w4.rescale;
    let w5 = weigh(score5, own_key, highest5); highest5 = w5.highest; total5 = total5 * w5.rescale + w5.values; out5a *= w5.rescale; out5b *= w5.rescale;
    let w6 = weigh(score6, own_key, highest6); highest6 = w6.highest; total6 = total6 * w6.rescale + w6.values; out6a *= w6.rescale; out6b *= w6.rescale;
    let w7 = weigh(score7, own_key, highest7); highest7 = w7.highest; total7 = total7 * w7.rescale + w7.values; out7a *= w7.rescale; out7b *= w7.rescale;
    // The lane's own weights, then its neighbours', in the order of a Gray code.
    var own0 = w0.values; var own1 = w1.values; var own2 = w2.values; var own3 = w3.values;
    var own4 = w4.values; var own5 = w5.values; var own6 = w6.values; var own7 = w7.values;
    for (var turn = 0u; turn < 4u; turn++) {
      let key = first_key + (quad_lane ^ turn ^ (turn >> 1u)) * 4u;
      let v0a = load_value(key, first_column, 16u, head_start); let v0b = load_value(key, first_column + 64u, 16u, head_start);
      let v1a = load_value(key + 1u, first_column, 16u, head_start); let v1b = load_value(key + 1u, first_column + 64u, 16u, head_start);
      let v2a = load_value(key + 2u, first_column, 16u, head_start); let v2b = load_value(key + 2u, first_column + 64u, 16u, head_start);
      let v3a = load_value(key + 3u, first_column, 16u, head_start); let v3b = load_value(key + 3u, first_column + 64u, 16u, head_start);
      out0a += weighted(own0, v0a, v1a, v2a, v3a); out0b += weighted(own0, v0b, v1b, v2b, v3b);
      out1a += weighted(own1, v0a, v1a, v2a, v3a); out1b += weighted(own1, v0b, v1b, v2b, v3b);
      out2a += weighted(own2, v0a, v1a, v2a, v3a); out2b += weighted(own2, v0b, v1b, v2b, v3b);
      out3a += weighted(own3, v0a, v1a, v2a, v3a); out3b += weighted(own3, v0b, v1b, v2b, v3b);
      out4a += weighted(own4, v0a, v1a, v2a, v3a); out4b += weighted(own4, v0b, v1b, v2b, v3b);
      out5a += weighted(own5, v0a, v1a, v2a, v3a); out5b += weighted(own5, v0b, v1b, v2b, v3b);
      out6a += weighted(own6, v0a, v1a, v2a, v3a); out6b += weighted(own6, v0b, v1b, v2b, v3b);
      out7a += weighted(own7, v0a, v1a, v2a, v3a); out7b += weighted(own7, v0b, v1b, v2b, v3b);
      if (turn == 1u) {
        own0 = quadSwapY(own0); own1 = quadSwapY(own1); own2 = quadSwapY(own2); own3 = quadSwapY(own3);
        own4 = quadSwapY(own4); own5 = quadSwapY(own5); own6 = quadSwapY(own6); own7 = quadSwapY(own7);
      } else {
        own0 = quadSwapX(own0); own1 = quadSwapX(own1); own2 = quadSwapX(own2); own3 = quadSwapX(own3);
        own4 = quadSwapX(own4); own5 = quadSwapX(own5); own6 = quadSwapX(own6); own7 = quadSwapX(own7);
      }
    }
  }
  var outs = array<mat4x4<f32>, 16>(out0a, out0b, out1a, out1b, out2a, out2b, out3a, out3b, out4a, out4b, out5a, out5b, out6a, out6b, out7a, out7b);
  var inverses = array<f32, 8>(
    inverse_sum(total0), inverse_sum(total1), inverse_sum(total2), inverse_sum(total3),
    inverse_sum(total4), inverse_sum(total5), inverse_sum(total6), inverse_sum(total7),
  );
  for (var i = 0u; i < 64u; i++) {
    store_out(first_query + (i >> 3u), first_column + 16u * (i & 7u), head_start, outs[i >> 2u][i & 3u] * inverses[i >> 3u]);
  }
}
