enable subgroups;
// As direct4, where a subgroup has 8 lanes or more and heads more than 128 columns: 8 queries of 8 lanes, 32 keys at
// a time, and 384 columns, so that scores are computed once and not for every 128 of them.
//! given WORKGROUP_QUERIES, COLUMNS, KEYS
#import attention/direct.wgsl

const THIRD = COLUMNS / 3u;

fn row_max(x: f32) -> f32 {
  return subgroupMax(x);
}

fn row_sum(x: f32) -> f32 {
  return subgroupAdd(x);
}

// Of four keys, for each query.
struct KeyWeights {
  q0: vec4<f32>,
  q1: vec4<f32>,
  q2: vec4<f32>,
  q3: vec4<f32>,
  q4: vec4<f32>,
  q5: vec4<f32>,
  q6: vec4<f32>,
  q7: vec4<f32>,
}

// Of a third of the columns every eighth vec4, for each query.
struct Sums {
  q0: mat4x4<f32>,
  q1: mat4x4<f32>,
  q2: mat4x4<f32>,
  q3: mat4x4<f32>,
  q4: mat4x4<f32>,
  q5: mat4x4<f32>,
  q6: mat4x4<f32>,
  q7: mat4x4<f32>,
}

// With what four keys add.
fn added(sums: Sums, w: KeyWeights, key: u32, column: u32, head_start: u32) -> Sums {
  let v0 = load_value(key, column, 32u, head_start);
  let v1 = load_value(key + 1u, column, 32u, head_start);
  let v2 = load_value(key + 2u, column, 32u, head_start);
  let v3 = load_value(key + 3u, column, 32u, head_start);
  return Sums(
    sums.q0 + weighted(w.q0, v0, v1, v2, v3), sums.q1 + weighted(w.q1, v0, v1, v2, v3),
    sums.q2 + weighted(w.q2, v0, v1, v2, v3), sums.q3 + weighted(w.q3, v0, v1, v2, v3),
    sums.q4 + weighted(w.q4, v0, v1, v2, v3), sums.q5 + weighted(w.q5, v0, v1, v2, v3),
    sums.q6 + weighted(w.q6, v0, v1, v2, v3), sums.q7 + weighted(w.q7, v0, v1, v2, v3),
  );
}

// Two vectors: a factor for each query.
fn scaled(sums: Sums, low: vec4<f32>, high: vec4<f32>) -> Sums {
  return Sums(
    sums.q0 * low.x, sums.q1 * low.y, sums.q2 * low.z, sums.q3 * low.w,
    sums.q4 * high.x, sums.q5 * high.y, sums.q6 * high.z, sums.q7 * high.w,
  );
}

fn store_sums(sums: Sums, first_query: u32, column: u32, head_start: u32) {
  for (var i = 0u; i < 4u; i++) {
    store_out(first_query, column + 32u * i, head_start, sums.q0[i]);
    store_out(first_query + 1u, column + 32u * i, head_start, sums.q1[i]);
    store_out(first_query + 2u, column + 32u * i, head_start, sums.q2[i]);
    store_out(first_query + 3u, column + 32u * i, head_start, sums.q3[i]);
    store_out(first_query + 4u, column + 32u * i, head_start, sums.q4[i]);
    store_out(first_query + 5u, column + 32u * i, head_start, sums.q5[i]);
    store_out(first_query + 6u, column + 32u * i, head_start, sums.q6[i]);
    store_out(first_query + 7u, column + 32u * i, head_start, sums.q7[i]);
  }
}

fn attend(group: vec3<u32>, lane: u32) {
  let own_lane = subgroupExclusiveAdd(1u);
  let first_query = group.x * WORKGROUP_QUERIES;
  let head_start = group.y * params.head_dim;
  let column = group.z * COLUMNS + own_lane * 4u;
  // Named, not indexed: software adapters keep an indexed array in memory.
  var highest0 = LOWEST; var highest1 = LOWEST; var highest2 = LOWEST; var highest3 = LOWEST;
  var highest4 = LOWEST; var highest5 = LOWEST; var highest6 = LOWEST; var highest7 = LOWEST;
  var total0 = vec4<f32>(); var total1 = vec4<f32>(); var total2 = vec4<f32>(); var total3 = vec4<f32>();
  var total4 = vec4<f32>(); var total5 = vec4<f32>(); var total6 = vec4<f32>(); var total7 = vec4<f32>();
  var a = Sums(); var b = Sums(); var c = Sums(); // of a third each
  for (var first_key = 0u; first_key < params.keys; first_key += KEYS) {
    let own_key = first_key + own_lane * 4u;
    var score0 = vec4<f32>(); var score1 = vec4<f32>(); var score2 = vec4<f32>(); var score3 = vec4<f32>();
    var score4 = vec4<f32>(); var score5 = vec4<f32>(); var score6 = vec4<f32>(); var score7 = vec4<f32>();
    for (var d = 0u; d < params.head_dim; d += 4u) {
      let keys = load_keys(own_key, d, head_start);
      let query = load_q(first_query + own_lane, d, head_start);
      score0 += subgroupBroadcast(query, 0u) * keys;
      score1 += subgroupBroadcast(query, 1u) * keys;
      score2 += subgroupBroadcast(query, 2u) * keys;
      score3 += subgroupBroadcast(query, 3u) * keys;
      score4 += subgroupBroadcast(query, 4u) * keys;
      score5 += subgroupBroadcast(query, 5u) * keys;
      score6 += subgroupBroadcast(query, 6u) * keys;
      score7 += subgroupBroadcast(query, 7u) * keys;
    }
    let w0 = weigh(score0, own_key, highest0); highest0 = w0.highest; total0 = total0 * w0.rescale + w0.values;
    let w1 = weigh(score1, own_key, highest1); highest1 = w1.highest; total1 = total1 * w1.rescale + w1.values;
    let w2 = weigh(score2, own_key, highest2); highest2 = w2.highest; total2 = total2 * w2.rescale + w2.values;
    let w3 = weigh(score3, own_key, highest3); highest3 = w3.highest; total3 = total3 * w3.rescale + w3.values;
    let w4 = weigh(score4, own_key, highest4); highest4 = w4.highest; total4 = total4 * w4.rescale + w4.values;
    let w5 = weigh(score5, own_key, highest5); highest5 = w5.highest; total5 = total5 * w5.rescale + w5.values;
    let w6 = weigh(score6, own_key, highest6); highest6 = w6.highest; total6 = total6 * w6.rescale + w6.values;
    let w7 = weigh(score7, own_key, highest7); highest7 = w7.highest; total7 = total7 * w7.rescale + w7.values;
    let rescale_low = vec4<f32>(w0.rescale, w1.rescale, w2.rescale, w3.rescale);
    let rescale_high = vec4<f32>(w4.rescale, w5.rescale, w6.rescale, w7.rescale);
    a = scaled(a, rescale_low, rescale_high);
    b = scaled(b, rescale_low, rescale_high);
    c = scaled(c, rescale_low, rescale_high);
    // The lane's own weights, then its neighbours', in the order of a Gray code.
    var w = KeyWeights(w0.values, w1.values, w2.values, w3.values, w4.values, w5.values, w6.values, w7.values);
    for (var turn = 0u; turn < 8u; turn++) {
      let key = first_key + (own_lane ^ turn ^ (turn >> 1u)) * 4u;
      for (var i = 0u; i < 3u; i++) { // in turn, since written three times they take twice as long to compile
        let next = added(a, w, key, column + THIRD * i, head_start);
        a = b; b = c; c = next;
      }
      if (turn == 3u) {
        w = KeyWeights(
          subgroupShuffleXor(w.q0, 4u), subgroupShuffleXor(w.q1, 4u), subgroupShuffleXor(w.q2, 4u), subgroupShuffleXor(w.q3, 4u),
          subgroupShuffleXor(w.q4, 4u), subgroupShuffleXor(w.q5, 4u), subgroupShuffleXor(w.q6, 4u), subgroupShuffleXor(w.q7, 4u),
        );
      } else if (turn % 4u == 1u) {
        w = KeyWeights(quadSwapY(w.q0), quadSwapY(w.q1), quadSwapY(w.q2), quadSwapY(w.q3), quadSwapY(w.q4), quadSwapY(w.q5), quadSwapY(w.q6), quadSwapY(w.q7));
      } else {
        w = KeyWeights(quadSwapX(w.q0), quadSwapX(w.q1), quadSwapX(w.q2), quadSwapX(w.q3), quadSwapX(w.q4), quadSwapX(w.q5), quadSwapX(w.q6), quadSwapX(w.q7));
      }
    }
  }
  let low = vec4<f32>(inverse_sum(total0), inverse_sum(total1), inverse_sum(total2), inverse_sum(total3));
  let high = vec4<f32>(inverse_sum(total4), inverse_sum(total5), inverse_sum(total6), inverse_sum(total7));
  store_sums(scaled(a, low, high), first_query, column, head_start);
  store_sums(scaled(b, low, high), first_query, column + THIRD, head_start);
  store_sums(scaled(c, low, high), first_query, column + 2u * THIRD, head_start);
}
