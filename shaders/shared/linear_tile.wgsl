// The 64 × 64 tile of x·wᵀ that a workgroup of 64 computes, 8 × 8 elements an invocation, through workgroup memory.
// Reads the bindings x, weight and scales and params.{tokens, rows, cols, stride}.
const TILE = 64u;
const TILE_K = 16u;
const REGISTER = 8u;

var<workgroup> sh_x: array<f32, TILE * TILE_K>;
var<workgroup> sh_weight: array<f32, TILE * TILE_K>;

struct Tile {
  // sums[i][0] holds columns 0–3 and sums[i][1] columns 4–7 of the invocation's row i.
  sums: array<array<vec4<f32>, 2>, REGISTER>,
}

fn load_x(token: u32, col: u32) -> f32 {
  if (token < params.tokens && col < params.cols) {
    return f32(x[token * params.cols + col]);
  }
  return 0.0;
}

fn linear_tile(first_token: u32, first_row: u32, lane: u32) -> Tile {
  var tile: Tile;
  let lane_x = (lane / 8u) * REGISTER;
  let lane_w = (lane % 8u) * REGISTER;
  for (var k = 0u; k < params.cols; k += TILE_K) {
    workgroupBarrier();
    for (var i = lane; i < TILE * TILE_K / 4u; i += 64u) {
      let line = i / 4u;
      let col = (i % 4u) * 4u;
      let to = col * TILE + line;
      let token = first_token + line;
      sh_x[to] = load_x(token, k + col);
      sh_x[to + TILE] = load_x(token, k + col + 1u);
      sh_x[to + 2u * TILE] = load_x(token, k + col + 2u);
      sh_x[to + 3u * TILE] = load_x(token, k + col + 3u);
      var w = vec4<f32>();
      if (first_row + line < params.rows) {
        w = load_weight4(first_row + line, k + col);
      }
      sh_weight[to] = w.x;
      sh_weight[to + TILE] = w.y;
      sh_weight[to + 2u * TILE] = w.z;
      sh_weight[to + 3u * TILE] = w.w;
    }
    workgroupBarrier();
    for (var j = 0u; j < TILE_K; j++) {
      let at_w = j * TILE + lane_w;
      let w0 = vec4<f32>(sh_weight[at_w], sh_weight[at_w + 1u], sh_weight[at_w + 2u], sh_weight[at_w + 3u]);
      let w1 = vec4<f32>(sh_weight[at_w + 4u], sh_weight[at_w + 5u], sh_weight[at_w + 6u], sh_weight[at_w + 7u]);
      let at_x = j * TILE + lane_x;
      for (var i = 0u; i < REGISTER; i++) {
        let value = sh_x[at_x + i];
        tile.sums[i][0] += value * w0;
        tile.sums[i][1] += value * w1;
      }
    }
  }
  return tile;
}
