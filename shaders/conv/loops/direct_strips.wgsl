enable subgroups;
// A quad of lanes computes 4 rows of 16 pixels by 16 channels, a lane all of the pixels by 4 channels: three taps along a row
// at a time share the 18 pixels that the quad loads, and the rows share the weights. Else as direct4: more to compile,
// less to load and to unpack. The four quads of a workgroup: first the channels, then the strips; grid
// (ceil(N / 16) ceil(W' / 16) ceil(H' / 4) / 4, 1, 1).
// One frame a call, since SwiftShader pays for a choice among three bindings as for three loads. in_channels is a multiple
// of 4, WINDOW is 3, stride 1, ROWS 4, COLUMNS and CHANNELS of a quad 16; lanes 4 i to 4 i + 3 are a quad.
//! given CHUNK, ROWS, COLUMNS, CHANNELS, INVOCATIONS
#import conv/direct.wgsl

// Of three neighbours along a row.
struct Taps {
  left: mat4x4<f32>,
  middle: mat4x4<f32>,
  right: mat4x4<f32>,
}

// Where the five pixels begin in a row of x that a lane loads for its quad, every fourth, in fours of channels, and whether
// they are inside of it.
struct Columns {
  at: vec4<u32>,
  last: u32,
  inside: vec4<bool>,
  last_inside: bool,
}

fn columns_of(first: u32) -> Columns {
  let at = first + vec4<u32>(0u, 4u, 8u, 12u) - params.pad; // wraps below zero
  let last = first + 16u - params.pad;
  let width = params.in_width << params.upsample;
  let fours = params.in_channels / 4u;
  return Columns((at >> vec4<u32>(params.upsample)) * fours, (last >> params.upsample) * fours, at < vec4<u32>(width), last < width);
}

// The same in a frame; what is multiplied by 0 is outside.
struct Line {
  at: vec4<u32>,
  last: u32,
  inside: vec4<f32>,
  last_inside: f32,
}

fn line_of(row: u32, columns: Columns) -> Line {
  let at = row - params.pad; // wraps below zero
  let in_frame = at < params.in_height << params.upsample;
  let begin = ((at >> params.upsample) - params.first_in_row) * params.in_width * (params.in_channels / 4u);
  let inside = columns.inside & vec4<bool>(in_frame);
  let last_inside = columns.last_inside && in_frame;
  return Line(
    select(vec4<u32>(), begin + columns.at, inside),
    select(0u, begin + columns.last, last_inside),
    select(vec4<f32>(), vec4<f32>(1.0), inside),
    select(0.0, 1.0, last_inside),
  );
}

// The pixel of each lane of a quad: a column for each.
fn spread(x: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(quadBroadcast(x, 0u), quadBroadcast(x, 1u), quadBroadcast(x, 2u), quadBroadcast(x, 3u));
}

// 20 pixels of a row, of which the last two are not used.
struct Pixels {
  a: mat4x4<f32>,
  b: mat4x4<f32>,
  c: mat4x4<f32>,
  d: mat4x4<f32>,
  e: mat4x4<f32>,
}

fn load_pixels(line: Line, quad: u32) -> Pixels {
  return Pixels(
    spread(vec4<f32>(x_current[line.at.x + quad]) * line.inside.x),
    spread(vec4<f32>(x_current[line.at.y + quad]) * line.inside.y),
    spread(vec4<f32>(x_current[line.at.z + quad]) * line.inside.z),
    spread(vec4<f32>(x_current[line.at.w + quad]) * line.inside.w),
    spread(vec4<f32>(x_current[line.last + quad]) * line.last_inside),
  );
}

// Four pixels of y: those whose left neighbours a has; b has the next four.
fn convolved(a: mat4x4<f32>, b: mat4x4<f32>, w: Taps) -> mat4x4<f32> {
  return w.left * a + w.middle * mat4x4<f32>(a[1], a[2], a[3], b[0]) + w.right * mat4x4<f32>(a[2], a[3], b[0], b[1]);
}

fn convolve(tile: vec3<u32>, lane: u32) {
  let channel_quads = (params.out_channels + CHANNELS - 1u) / CHANNELS;
  let strips = (params.out_width + COLUMNS - 1u) / COLUMNS;
  let unit = tile.x * (INVOCATIONS / 4u) + lane / 4u;
  let channel = unit % channel_quads * CHANNELS + lane % 4u * 4u;
  let first_column = unit / channel_quads % strips * COLUMNS;
  let row = params.first_row + unit / channel_quads / strips * ROWS;
  let columns = columns_of(first_column + lane % 4u);
  let quads = params.in_channels / 4u;
  let depth = (params.in_channels + CHUNK - 1u) / CHUNK * CHUNK;
  // sum21: row 2, pixels 4 to 7, a column for each. Named, not indexed: software adapters keep an indexed array in memory.
  var sum00 = mat4x4<f32>(); var sum01 = mat4x4<f32>(); var sum02 = mat4x4<f32>(); var sum03 = mat4x4<f32>();
  var sum10 = mat4x4<f32>(); var sum11 = mat4x4<f32>(); var sum12 = mat4x4<f32>(); var sum13 = mat4x4<f32>();
  var sum20 = mat4x4<f32>(); var sum21 = mat4x4<f32>(); var sum22 = mat4x4<f32>(); var sum23 = mat4x4<f32>();
  var sum30 = mat4x4<f32>(); var sum31 = mat4x4<f32>(); var sum32 = mat4x4<f32>(); var sum33 = mat4x4<f32>();
  for (var ky = 0u; ky < 3u; ky++) {
    let line0 = line_of(row + ky, columns);
    let line1 = line_of(row + ky + 1u, columns);
    let line2 = line_of(row + ky + 2u, columns);
    let line3 = line_of(row + ky + 3u, columns);
    // Rows of weights: [frame][channel][ky][kx].
    let weights = (params.first_frame * depth * 9u + ky * 3u) * params.weight_row + channel / 4u;
    for (var quad = 0u; quad < quads; quad++) {
      let own = weights + 36u * quad * params.weight_row;
      let w = Taps(load_weights(own), load_weights(own + params.weight_row), load_weights(own + 2u * params.weight_row));
      let p0 = load_pixels(line0, quad);
      sum00 += convolved(p0.a, p0.b, w); sum01 += convolved(p0.b, p0.c, w); sum02 += convolved(p0.c, p0.d, w); sum03 += convolved(p0.d, p0.e, w);
      let p1 = load_pixels(line1, quad);
      sum10 += convolved(p1.a, p1.b, w); sum11 += convolved(p1.b, p1.c, w); sum12 += convolved(p1.c, p1.d, w); sum13 += convolved(p1.d, p1.e, w);
      let p2 = load_pixels(line2, quad);
      sum20 += convolved(p2.a, p2.b, w); sum21 += convolved(p2.b, p2.c, w); sum22 += convolved(p2.c, p2.d, w); sum23 += convolved(p2.d, p2.e, w);
      let p3 = load_pixels(line3, quad);
      sum30 += convolved(p3.a, p3.b, w); sum31 += convolved(p3.b, p3.c, w); sum32 += convolved(p3.c, p3.d, w); sum33 += convolved(p3.d, p3.e, w);
    }
  }
  var sums = array<mat4x4<f32>, 16>(sum00, sum01, sum02, sum03, sum10, sum11, sum12, sum13, sum20, sum21, sum22, sum23, sum30, sum31, sum32, sum33);
  for (var i = 0u; i < 64u; i++) {
    store4(vec2(first_column + (i & 15u), row + (i >> 4u)), channel, sums[i >> 2u][i & 3u]);
  }
}
