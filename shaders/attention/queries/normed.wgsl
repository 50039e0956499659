// Queries after RMSNorm over all heads: q / sqrt(mean(q²) + query_eps); its weight is the keys'. Every workgroup of a head reads
// its queries whole for this, once: little beside the scores, and no call of its own.
//! given INVOCATIONS, WORKGROUP_QUERIES
const NORM_LANES = 4u;

var<workgroup> sh_squares: array<f32, WORKGROUP_QUERIES * NORM_LANES>;
var<workgroup> sh_inverse: array<f32, WORKGROUP_QUERIES>;

fn prepare_queries(first_query: u32, lane: u32) {
  let part = lane % NORM_LANES;
  for (var i = lane / NORM_LANES; i < WORKGROUP_QUERIES; i += INVOCATIONS / NORM_LANES) {
    var squares = vec4<f32>();
    for (var head_start = 0u; head_start < params.dim; head_start += params.head_dim) {
      for (var column = 4u * part; column < params.head_dim; column += 16u * NORM_LANES) {
        // Four at once, so that their loads do not wait for each other; zeros past the head's last column.
        let a = read_q(first_query + i, column, head_start);
        let b = read_q(first_query + i, column + 4u * NORM_LANES, head_start);
        let c = read_q(first_query + i, column + 8u * NORM_LANES, head_start);
        let d = read_q(first_query + i, column + 12u * NORM_LANES, head_start);
        squares += (a * a + b * b) + (c * c + d * d);
      }
    }
    sh_squares[i * NORM_LANES + part] = dot(squares, vec4<f32>(1.0));
  }
  workgroupBarrier();
  for (var i = lane; i < WORKGROUP_QUERIES; i += INVOCATIONS) {
    var squares = 0.0;
    for (var j = 0u; j < NORM_LANES; j++) {
      squares += sh_squares[i * NORM_LANES + j];
    }
    sh_inverse[i] = inverseSqrt(squares / f32(params.dim) + params.query_eps);
  }
  workgroupBarrier();
}

fn load_q(query: u32, column: u32, head_start: u32) -> vec4<f32> {
  return read_q(query, column, head_start) * sh_inverse[query % WORKGROUP_QUERIES];
}
