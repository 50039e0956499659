enable subgroups;
// A quad of lanes computes 16 pixels of a row by 16 channels, a lane all of the pixels by 4 channels; three taps along the
// row at a time share the 18 pixels that the quad loads. Else as conv_loop_quads: more to compile, less to load.
// The four quads of a workgroup: first the channels, then the strips; grid (ceil(N / 16) ceil(W' / 16) H' / 4, 1, 1).
// in_channels is a multiple of 4, WINDOW is 3 and stride 1; lanes 4 i to 4 i + 3 are a quad.
alias x_element = vec4<scalar>;

const INVOCATIONS = 16u;

// The weights of four input channels from a row on: a column for each, four output channels long.
fn load_weights(at: u32) -> mat4x4<f32> {
  let step = WINDOW * WINDOW * params.weight_row;
  let w0 = weight[at];
  let w1 = weight[at + step];
  let w2 = weight[at + 2u * step];
  let w3 = weight[at + 3u * step];
  return mat4x4<f32>(
    vec4<f32>(unpack2x16float(w0.x), unpack2x16float(w0.y)),
    vec4<f32>(unpack2x16float(w1.x), unpack2x16float(w1.y)),
    vec4<f32>(unpack2x16float(w2.x), unpack2x16float(w2.y)),
    vec4<f32>(unpack2x16float(w3.x), unpack2x16float(w3.y)),
  );
}

// Where a column begins in a row of x, in fours of channels; `inside` is false beyond the ends of the row.
struct Column {
  at: u32,
  inside: bool,
}

fn column_of(x: u32) -> Column {
  let at = x - params.pad; // wraps below zero
  return Column((at >> params.upsample) * (params.in_channels / 4u), at < params.in_width << params.upsample);
}

fn convolve(tile: vec3<u32>, lane: u32) {
  let channel_quads = (params.out_channels + 15u) / 16u;
  let strips = (params.out_width + 15u) / 16u;
  let unit = tile.x * (INVOCATIONS / 4u) + lane / 4u;
  let channel = unit % channel_quads * 16u + lane % 4u * 4u;
  let first_column = unit / channel_quads % strips * 16u;
  let row = params.first_row + unit / channel_quads / strips;
  let column0 = column_of(first_column + 0u + lane % 4u);
  let column1 = column_of(first_column + 4u + lane % 4u);
  let column2 = column_of(first_column + 8u + lane % 4u);
  let column3 = column_of(first_column + 12u + lane % 4u);
  let column4 = column_of(first_column + 16u + lane % 4u);
  let quads = params.in_channels / 4u;
  let depth = (params.in_channels + CHUNK - 1u) / CHUNK * CHUNK;
  var frame = params.first_frame + 3u - params.frames;
  var ky = 0u;
  // Named, not indexed: software adapters keep an indexed array in memory.
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
  var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>();
  var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>();
  var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>();
  for (var step = params.first_frame * 3u; step < params.frames * 3u; step++) {
    let at = row + ky - params.pad; // wraps below zero
    let in_frame = at < params.in_height << params.upsample;
    let line = ((at >> params.upsample) - params.first_in_row) * params.in_width * (params.in_channels / 4u);
    let from0 = select(0u, line + column0.at, in_frame && column0.inside);
    let from1 = select(0u, line + column1.at, in_frame && column1.inside);
    let from2 = select(0u, line + column2.at, in_frame && column2.inside);
    let from3 = select(0u, line + column3.at, in_frame && column3.inside);
    let from4 = select(0u, line + column4.at, in_frame && column4.inside);
    let inside0 = select(0.0, 1.0, in_frame && column0.inside);
    let inside1 = select(0.0, 1.0, in_frame && column1.inside);
    let inside2 = select(0.0, 1.0, in_frame && column2.inside);
    let inside3 = select(0.0, 1.0, in_frame && column3.inside);
    let inside4 = select(0.0, 1.0, in_frame && column4.inside);
    // Rows of weights: [frame][channel][ky][kx].
    let weights = (step / 3u * depth * 9u + ky * 3u) * params.weight_row + channel / 4u;
    for (var quad = 0u; quad < quads; quad++) {
      var x0 = vec4<f32>(); var x1 = vec4<f32>(); var x2 = vec4<f32>(); var x3 = vec4<f32>(); var x4 = vec4<f32>();
      if (frame == 0u) {
        x0 = vec4<f32>(x_oldest[from0 + quad]);
        x1 = vec4<f32>(x_oldest[from1 + quad]);
        x2 = vec4<f32>(x_oldest[from2 + quad]);
        x3 = vec4<f32>(x_oldest[from3 + quad]);
        x4 = vec4<f32>(x_oldest[from4 + quad]);
      }
      if (frame == 1u) {
        x0 = vec4<f32>(x_previous[from0 + quad]);
        x1 = vec4<f32>(x_previous[from1 + quad]);
        x2 = vec4<f32>(x_previous[from2 + quad]);
        x3 = vec4<f32>(x_previous[from3 + quad]);
        x4 = vec4<f32>(x_previous[from4 + quad]);
      }
      if (frame == 2u) {
        x0 = vec4<f32>(x_current[from0 + quad]);
        x1 = vec4<f32>(x_current[from1 + quad]);
        x2 = vec4<f32>(x_current[from2 + quad]);
        x3 = vec4<f32>(x_current[from3 + quad]);
        x4 = vec4<f32>(x_current[from4 + quad]);
      }
      x0 *= inside0;
      x1 *= inside1;
      x2 *= inside2;
      x3 *= inside3;
      x4 *= inside4;
      let own = weights + 36u * quad * params.weight_row;
      let w0 = load_weights(own);
      let w1 = load_weights(own + params.weight_row);
      let w2 = load_weights(own + 2u * params.weight_row);
      let pixel0 = quadBroadcast(x0, 0u);
      let pixel1 = quadBroadcast(x0, 1u);
      let pixel2 = quadBroadcast(x0, 2u);
      let pixel3 = quadBroadcast(x0, 3u);
      let pixel4 = quadBroadcast(x1, 0u);
      let pixel5 = quadBroadcast(x1, 1u);
      let pixel6 = quadBroadcast(x1, 2u);
      let pixel7 = quadBroadcast(x1, 3u);
      let pixel8 = quadBroadcast(x2, 0u);
      let pixel9 = quadBroadcast(x2, 1u);
      let pixel10 = quadBroadcast(x2, 2u);
      let pixel11 = quadBroadcast(x2, 3u);
      let pixel12 = quadBroadcast(x3, 0u);
      let pixel13 = quadBroadcast(x3, 1u);
      let pixel14 = quadBroadcast(x3, 2u);
      let pixel15 = quadBroadcast(x3, 3u);
      let pixel16 = quadBroadcast(x4, 0u);
      let pixel17 = quadBroadcast(x4, 1u);
      sum0 += w0 * pixel0 + w1 * pixel1 + w2 * pixel2;
      sum1 += w0 * pixel1 + w1 * pixel2 + w2 * pixel3;
      sum2 += w0 * pixel2 + w1 * pixel3 + w2 * pixel4;
      sum3 += w0 * pixel3 + w1 * pixel4 + w2 * pixel5;
      sum4 += w0 * pixel4 + w1 * pixel5 + w2 * pixel6;
      sum5 += w0 * pixel5 + w1 * pixel6 + w2 * pixel7;
      sum6 += w0 * pixel6 + w1 * pixel7 + w2 * pixel8;
      sum7 += w0 * pixel7 + w1 * pixel8 + w2 * pixel9;
      sum8 += w0 * pixel8 + w1 * pixel9 + w2 * pixel10;
      sum9 += w0 * pixel9 + w1 * pixel10 + w2 * pixel11;
      sum10 += w0 * pixel10 + w1 * pixel11 + w2 * pixel12;
      sum11 += w0 * pixel11 + w1 * pixel12 + w2 * pixel13;
      sum12 += w0 * pixel12 + w1 * pixel13 + w2 * pixel14;
      sum13 += w0 * pixel13 + w1 * pixel14 + w2 * pixel15;
      sum14 += w0 * pixel14 + w1 * pixel15 + w2 * pixel16;
      sum15 += w0 * pixel15 + w1 * pixel16 + w2 * pixel17;
    }
    ky = select(ky + 1u, 0u, ky == 2u);
    frame += select(0u, 1u, ky == 0u);
  }
  // A loop, so that the stores are compiled four times only.
  for (var i = 0u; i < 4u; i++) {
    var a = sum0; var b = sum1; var c = sum2; var d = sum3;
    switch i {
      case 1u: { a = sum4; b = sum5; c = sum6; d = sum7; }
      case 2u: { a = sum8; b = sum9; c = sum10; d = sum11; }
      case 3u: { a = sum12; b = sum13; c = sum14; d = sum15; }
      default: {}
    }
    store4(vec2(first_column + 4u * i, row), channel, a);
    store4(vec2(first_column + 4u * i + 1u, row), channel, b);
    store4(vec2(first_column + 4u * i + 2u, row), channel, c);
    store4(vec2(first_column + 4u * i + 3u, row), channel, d);
  }
}
