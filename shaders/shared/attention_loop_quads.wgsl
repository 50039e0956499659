enable subgroups;
// Attention of four quads of lanes, each 8 queries, 16 keys at a time, without workgroup memory: for adapters that are a
// CPU, see linear_tile_quads. For the scores a lane takes 4 keys and shares the queries with its quad; for the values it
// takes every fourth vec4 of the columns, and the weights go round the quad. Lanes 4 i to 4 i + 3 are a quad.
const INVOCATIONS = 16u;
const WORKGROUP_QUERIES = 32u;
const QUERIES = 8u;
const KEYS = 16u;

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
  var highest = max(pair.x, pair.y);
  highest = max(highest, quadSwapX(highest));
  highest = max(highest, quadSwapY(highest));
  highest = max(highest, highest_before);
  return Weights(exp(scores - highest), highest, exp(highest_before - highest));
}

// One over the sum of all weights of a query.
fn inverse_sum(weights: vec4<f32>) -> f32 {
  var sum = dot(weights, vec4<f32>(1.0));
  sum += quadSwapX(sum);
  sum += quadSwapY(sum);
  return 1.0 / sum;
}

fn attend(group: vec3<u32>, lane: u32) {
  let quad_lane = lane % 4u;
  let first_query = group.x * 32u + lane / 4u * QUERIES;
  let head_start = group.y * params.head_dim;
  let first_column = group.z * COLUMNS + quad_lane * 4u;
  var highest0 = LOWEST; var total0 = vec4<f32>();
  var highest1 = LOWEST; var total1 = vec4<f32>();
  var highest2 = LOWEST; var total2 = vec4<f32>();
  var highest3 = LOWEST; var total3 = vec4<f32>();
  var highest4 = LOWEST; var total4 = vec4<f32>();
  var highest5 = LOWEST; var total5 = vec4<f32>();
  var highest6 = LOWEST; var total6 = vec4<f32>();
  var highest7 = LOWEST; var total7 = vec4<f32>();
  // out25: query 2, columns first_column + 16 · 5 … + 3. Named, not indexed: software adapters keep an indexed array in memory.
  var out00 = vec4<f32>(); var out01 = vec4<f32>(); var out02 = vec4<f32>(); var out03 = vec4<f32>();
  var out04 = vec4<f32>(); var out05 = vec4<f32>(); var out06 = vec4<f32>(); var out07 = vec4<f32>();
  var out10 = vec4<f32>(); var out11 = vec4<f32>(); var out12 = vec4<f32>(); var out13 = vec4<f32>();
  var out14 = vec4<f32>(); var out15 = vec4<f32>(); var out16 = vec4<f32>(); var out17 = vec4<f32>();
  var out20 = vec4<f32>(); var out21 = vec4<f32>(); var out22 = vec4<f32>(); var out23 = vec4<f32>();
  var out24 = vec4<f32>(); var out25 = vec4<f32>(); var out26 = vec4<f32>(); var out27 = vec4<f32>();
  var out30 = vec4<f32>(); var out31 = vec4<f32>(); var out32 = vec4<f32>(); var out33 = vec4<f32>();
  var out34 = vec4<f32>(); var out35 = vec4<f32>(); var out36 = vec4<f32>(); var out37 = vec4<f32>();
  var out40 = vec4<f32>(); var out41 = vec4<f32>(); var out42 = vec4<f32>(); var out43 = vec4<f32>();
  var out44 = vec4<f32>(); var out45 = vec4<f32>(); var out46 = vec4<f32>(); var out47 = vec4<f32>();
  var out50 = vec4<f32>(); var out51 = vec4<f32>(); var out52 = vec4<f32>(); var out53 = vec4<f32>();
  var out54 = vec4<f32>(); var out55 = vec4<f32>(); var out56 = vec4<f32>(); var out57 = vec4<f32>();
  var out60 = vec4<f32>(); var out61 = vec4<f32>(); var out62 = vec4<f32>(); var out63 = vec4<f32>();
  var out64 = vec4<f32>(); var out65 = vec4<f32>(); var out66 = vec4<f32>(); var out67 = vec4<f32>();
  var out70 = vec4<f32>(); var out71 = vec4<f32>(); var out72 = vec4<f32>(); var out73 = vec4<f32>();
  var out74 = vec4<f32>(); var out75 = vec4<f32>(); var out76 = vec4<f32>(); var out77 = vec4<f32>();
  for (var first_key = 0u; first_key < params.keys; first_key += KEYS) {
    let own_key = first_key + quad_lane * 4u;
    var score0 = vec4<f32>(); var score1 = vec4<f32>(); var score2 = vec4<f32>(); var score3 = vec4<f32>();
    var score4 = vec4<f32>(); var score5 = vec4<f32>(); var score6 = vec4<f32>(); var score7 = vec4<f32>();
    for (var d = 0u; d < params.head_dim; d += 4u) {
      let keys = mat4x4<f32>(load_k(own_key, d, head_start), load_k(own_key + 1u, d, head_start), load_k(own_key + 2u, d, head_start), load_k(own_key + 3u, d, head_start));
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
    let weights0 = weigh(score0, own_key, highest0);
    let weights1 = weigh(score1, own_key, highest1);
    let weights2 = weigh(score2, own_key, highest2);
    let weights3 = weigh(score3, own_key, highest3);
    let weights4 = weigh(score4, own_key, highest4);
    let weights5 = weigh(score5, own_key, highest5);
    let weights6 = weigh(score6, own_key, highest6);
    let weights7 = weigh(score7, own_key, highest7);
    highest0 = weights0.highest; total0 = total0 * weights0.rescale + weights0.values;
    highest1 = weights1.highest; total1 = total1 * weights1.rescale + weights1.values;
    highest2 = weights2.highest; total2 = total2 * weights2.rescale + weights2.values;
    highest3 = weights3.highest; total3 = total3 * weights3.rescale + weights3.values;
    highest4 = weights4.highest; total4 = total4 * weights4.rescale + weights4.values;
    highest5 = weights5.highest; total5 = total5 * weights5.rescale + weights5.values;
    highest6 = weights6.highest; total6 = total6 * weights6.rescale + weights6.values;
    highest7 = weights7.highest; total7 = total7 * weights7.rescale + weights7.values;
    out00 *= weights0.rescale; out01 *= weights0.rescale; out02 *= weights0.rescale; out03 *= weights0.rescale; out04 *= weights0.rescale; out05 *= weights0.rescale; out06 *= weights0.rescale; out07 *= weights0.rescale;
    out10 *= weights1.rescale; out11 *= weights1.rescale; out12 *= weights1.rescale; out13 *= weights1.rescale; out14 *= weights1.rescale; out15 *= weights1.rescale; out16 *= weights1.rescale; out17 *= weights1.rescale;
    out20 *= weights2.rescale; out21 *= weights2.rescale; out22 *= weights2.rescale; out23 *= weights2.rescale; out24 *= weights2.rescale; out25 *= weights2.rescale; out26 *= weights2.rescale; out27 *= weights2.rescale;
    out30 *= weights3.rescale; out31 *= weights3.rescale; out32 *= weights3.rescale; out33 *= weights3.rescale; out34 *= weights3.rescale; out35 *= weights3.rescale; out36 *= weights3.rescale; out37 *= weights3.rescale;
    out40 *= weights4.rescale; out41 *= weights4.rescale; out42 *= weights4.rescale; out43 *= weights4.rescale; out44 *= weights4.rescale; out45 *= weights4.rescale; out46 *= weights4.rescale; out47 *= weights4.rescale;
    out50 *= weights5.rescale; out51 *= weights5.rescale; out52 *= weights5.rescale; out53 *= weights5.rescale; out54 *= weights5.rescale; out55 *= weights5.rescale; out56 *= weights5.rescale; out57 *= weights5.rescale;
    out60 *= weights6.rescale; out61 *= weights6.rescale; out62 *= weights6.rescale; out63 *= weights6.rescale; out64 *= weights6.rescale; out65 *= weights6.rescale; out66 *= weights6.rescale; out67 *= weights6.rescale;
    out70 *= weights7.rescale; out71 *= weights7.rescale; out72 *= weights7.rescale; out73 *= weights7.rescale; out74 *= weights7.rescale; out75 *= weights7.rescale; out76 *= weights7.rescale; out77 *= weights7.rescale;
    var own0 = weights0.values; var own1 = weights1.values; var own2 = weights2.values; var own3 = weights3.values; var own4 = weights4.values; var own5 = weights5.values; var own6 = weights6.values; var own7 = weights7.values;
    for (var j = 0u; j < KEYS; j++) {
      // Whose weights these are: the lane's own, then its neighbours', in the order of a Gray code.
      let turn = j / 4u;
      let key = first_key + (quad_lane ^ turn ^ (turn >> 1u)) * 4u + j % 4u;
      let v0 = load_v(key, first_column + 0u, head_start);
      let v1 = load_v(key, first_column + 16u, head_start);
      let v2 = load_v(key, first_column + 32u, head_start);
      let v3 = load_v(key, first_column + 48u, head_start);
      let v4 = load_v(key, first_column + 64u, head_start);
      let v5 = load_v(key, first_column + 80u, head_start);
      let v6 = load_v(key, first_column + 96u, head_start);
      let v7 = load_v(key, first_column + 112u, head_start);
      out00 += own0.x * v0; out01 += own0.x * v1; out02 += own0.x * v2; out03 += own0.x * v3; out04 += own0.x * v4; out05 += own0.x * v5; out06 += own0.x * v6; out07 += own0.x * v7;
      own0 = own0.yzwx;
      out10 += own1.x * v0; out11 += own1.x * v1; out12 += own1.x * v2; out13 += own1.x * v3; out14 += own1.x * v4; out15 += own1.x * v5; out16 += own1.x * v6; out17 += own1.x * v7;
      own1 = own1.yzwx;
      out20 += own2.x * v0; out21 += own2.x * v1; out22 += own2.x * v2; out23 += own2.x * v3; out24 += own2.x * v4; out25 += own2.x * v5; out26 += own2.x * v6; out27 += own2.x * v7;
      own2 = own2.yzwx;
      out30 += own3.x * v0; out31 += own3.x * v1; out32 += own3.x * v2; out33 += own3.x * v3; out34 += own3.x * v4; out35 += own3.x * v5; out36 += own3.x * v6; out37 += own3.x * v7;
      own3 = own3.yzwx;
      out40 += own4.x * v0; out41 += own4.x * v1; out42 += own4.x * v2; out43 += own4.x * v3; out44 += own4.x * v4; out45 += own4.x * v5; out46 += own4.x * v6; out47 += own4.x * v7;
      own4 = own4.yzwx;
      out50 += own5.x * v0; out51 += own5.x * v1; out52 += own5.x * v2; out53 += own5.x * v3; out54 += own5.x * v4; out55 += own5.x * v5; out56 += own5.x * v6; out57 += own5.x * v7;
      own5 = own5.yzwx;
      out60 += own6.x * v0; out61 += own6.x * v1; out62 += own6.x * v2; out63 += own6.x * v3; out64 += own6.x * v4; out65 += own6.x * v5; out66 += own6.x * v6; out67 += own6.x * v7;
      own6 = own6.yzwx;
      out70 += own7.x * v0; out71 += own7.x * v1; out72 += own7.x * v2; out73 += own7.x * v3; out74 += own7.x * v4; out75 += own7.x * v5; out76 += own7.x * v6; out77 += own7.x * v7;
      own7 = own7.yzwx;
      if (j == 3u || j == 11u) {
        own0 = quadSwapX(own0);
        own1 = quadSwapX(own1);
        own2 = quadSwapX(own2);
        own3 = quadSwapX(own3);
        own4 = quadSwapX(own4);
        own5 = quadSwapX(own5);
        own6 = quadSwapX(own6);
        own7 = quadSwapX(own7);
      }
      if (j == 7u) {
        own0 = quadSwapY(own0);
        own1 = quadSwapY(own1);
        own2 = quadSwapY(own2);
        own3 = quadSwapY(own3);
        own4 = quadSwapY(own4);
        own5 = quadSwapY(own5);
        own6 = quadSwapY(own6);
        own7 = quadSwapY(own7);
      }
    }
  }
  let inverse0 = inverse_sum(total0);
  let inverse1 = inverse_sum(total1);
  let inverse2 = inverse_sum(total2);
  let inverse3 = inverse_sum(total3);
  let inverse4 = inverse_sum(total4);
  let inverse5 = inverse_sum(total5);
  let inverse6 = inverse_sum(total6);
  let inverse7 = inverse_sum(total7);
  // A loop, so that the stores are compiled eight times only.
  for (var p = 0u; p < 8u; p++) {
    var o0 = out00; var o1 = out10; var o2 = out20; var o3 = out30; var o4 = out40; var o5 = out50; var o6 = out60; var o7 = out70;
    switch p {
      case 1u: { o0 = out01; o1 = out11; o2 = out21; o3 = out31; o4 = out41; o5 = out51; o6 = out61; o7 = out71; }
      case 2u: { o0 = out02; o1 = out12; o2 = out22; o3 = out32; o4 = out42; o5 = out52; o6 = out62; o7 = out72; }
      case 3u: { o0 = out03; o1 = out13; o2 = out23; o3 = out33; o4 = out43; o5 = out53; o6 = out63; o7 = out73; }
      case 4u: { o0 = out04; o1 = out14; o2 = out24; o3 = out34; o4 = out44; o5 = out54; o6 = out64; o7 = out74; }
      case 5u: { o0 = out05; o1 = out15; o2 = out25; o3 = out35; o4 = out45; o5 = out55; o6 = out65; o7 = out75; }
      case 6u: { o0 = out06; o1 = out16; o2 = out26; o3 = out36; o4 = out46; o5 = out56; o6 = out66; o7 = out76; }
      case 7u: { o0 = out07; o1 = out17; o2 = out27; o3 = out37; o4 = out47; o5 = out57; o6 = out67; o7 = out77; }
      default: {}
    }
    let column = first_column + 16u * p;
    store_out(first_query + 0u, column, head_start, o0 * inverse0);
    store_out(first_query + 1u, column, head_start, o1 * inverse1);
    store_out(first_query + 2u, column, head_start, o2 * inverse2);
    store_out(first_query + 3u, column, head_start, o3 * inverse3);
    store_out(first_query + 4u, column, head_start, o4 * inverse4);
    store_out(first_query + 5u, column, head_start, o5 * inverse5);
    store_out(first_query + 6u, column, head_start, o6 * inverse6);
    store_out(first_query + 7u, column, head_start, o7 * inverse7);
  }
}
