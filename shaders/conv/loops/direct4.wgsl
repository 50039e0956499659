enable subgroups;
// A quad of lanes computes 16 pixels, in the order of rows, by 16 channels, a lane all of the pixels by 4 channels,
// straight from the bindings: for adapters that are a CPU, see linear/loops/direct4. Each lane loads four pixels for its quad.
// The four quads of a workgroup: first the channels, then the pixels; grid (ceil(N / 16) ceil(H' W' / 16) / 4, 1, 1).
// in_channels is a multiple of 4, PIXELS and CHANNELS of a quad are 16; lanes 4 i to 4 i + 3 are a quad.
//! given WINDOW, CHUNK, PIXELS, CHANNELS, INVOCATIONS
#import conv/direct.wgsl

// Where the x of a pixel begins for a tap, in fours of channels; `inside` is 0 where the tap is outside of the frame.
struct Source {
  at: u32,
  inside: f32,
}

fn source_of(corner: vec2<u32>, tap: vec2<u32>) -> Source {
  let at = corner + tap; // wraps below zero
  let inside = all(at < vec2(params.in_width, params.in_height) << vec2(params.upsample));
  let from_pixel = at >> vec2(params.upsample);
  let start = ((from_pixel.y - params.first_in_row) * params.in_width + from_pixel.x) * (params.in_channels / 4u);
  return Source(select(0u, start, inside), select(0.0, 1.0, inside));
}

fn position_of(pixel: u32) -> vec2<u32> {
  return vec2(pixel % params.out_width, params.first_row + pixel / params.out_width);
}

fn convolve(tile: vec3<u32>, lane: u32) {
  let channel_quads = (params.out_channels + CHANNELS - 1u) / CHANNELS;
  let unit = tile.x * (INVOCATIONS / 4u) + lane / 4u;
  let channel = unit % channel_quads * CHANNELS + lane % 4u * 4u;
  let first_pixel = unit / channel_quads * PIXELS;
  let corner0 = position_of(first_pixel + 0u + lane % 4u) * params.stride - params.pad;
  let corner1 = position_of(first_pixel + 4u + lane % 4u) * params.stride - params.pad;
  let corner2 = position_of(first_pixel + 8u + lane % 4u) * params.stride - params.pad;
  let corner3 = position_of(first_pixel + 12u + lane % 4u) * params.stride - params.pad;
  let quads = params.in_channels / 4u;
  let taps = params.kernel_hw * params.kernel_hw;
  let depth = (params.in_channels + CHUNK - 1u) / CHUNK * CHUNK;
  var frame = params.first_frame + 3u - params.kernel_t;
  var tap = vec2(0u);
  // Rows of weights: [frame][tap outside the window][channel][tap inside].
  var weights = params.first_frame * taps * depth * params.weight_row + channel / 4u;
  // Named, not indexed: software adapters keep an indexed array in memory.
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
  var sum4 = vec4<f32>(); var sum5 = vec4<f32>(); var sum6 = vec4<f32>(); var sum7 = vec4<f32>();
  var sum8 = vec4<f32>(); var sum9 = vec4<f32>(); var sum10 = vec4<f32>(); var sum11 = vec4<f32>();
  var sum12 = vec4<f32>(); var sum13 = vec4<f32>(); var sum14 = vec4<f32>(); var sum15 = vec4<f32>();
  for (var step = params.first_frame * taps; step < params.kernel_t * taps; step++) {
    let source0 = source_of(corner0, tap);
    let source1 = source_of(corner1, tap);
    let source2 = source_of(corner2, tap);
    let source3 = source_of(corner3, tap);
    for (var quad = 0u; quad < quads; quad++) {
      var x0 = vec4<f32>(); var x1 = vec4<f32>(); var x2 = vec4<f32>(); var x3 = vec4<f32>();
      if (frame == 0u) {
        x0 = vec4<f32>(x_oldest[source0.at + quad]);
        x1 = vec4<f32>(x_oldest[source1.at + quad]);
        x2 = vec4<f32>(x_oldest[source2.at + quad]);
        x3 = vec4<f32>(x_oldest[source3.at + quad]);
      }
      if (frame == 1u) {
        x0 = vec4<f32>(x_previous[source0.at + quad]);
        x1 = vec4<f32>(x_previous[source1.at + quad]);
        x2 = vec4<f32>(x_previous[source2.at + quad]);
        x3 = vec4<f32>(x_previous[source3.at + quad]);
      }
      if (frame == 2u) {
        x0 = vec4<f32>(x_current[source0.at + quad]);
        x1 = vec4<f32>(x_current[source1.at + quad]);
        x2 = vec4<f32>(x_current[source2.at + quad]);
        x3 = vec4<f32>(x_current[source3.at + quad]);
      }
      x0 *= source0.inside;
      x1 *= source1.inside;
      x2 *= source2.inside;
      x3 *= source3.inside;
      let w = load_weights(weights + 4u * quad * WINDOW * WINDOW * params.weight_row);
      sum0 += w * quadBroadcast(x0, 0u);
      sum1 += w * quadBroadcast(x0, 1u);
      sum2 += w * quadBroadcast(x0, 2u);
      sum3 += w * quadBroadcast(x0, 3u);
      sum4 += w * quadBroadcast(x1, 0u);
      sum5 += w * quadBroadcast(x1, 1u);
      sum6 += w * quadBroadcast(x1, 2u);
      sum7 += w * quadBroadcast(x1, 3u);
      sum8 += w * quadBroadcast(x2, 0u);
      sum9 += w * quadBroadcast(x2, 1u);
      sum10 += w * quadBroadcast(x2, 2u);
      sum11 += w * quadBroadcast(x2, 3u);
      sum12 += w * quadBroadcast(x3, 0u);
      sum13 += w * quadBroadcast(x3, 1u);
      sum14 += w * quadBroadcast(x3, 2u);
      sum15 += w * quadBroadcast(x3, 3u);
    }
    tap.x = select(tap.x + 1u, 0u, tap.x + 1u == params.kernel_hw);
    tap.y += select(0u, 1u, tap.x == 0u);
    let wrapped = tap.y == params.kernel_hw;
    tap.y = select(tap.y, 0u, wrapped);
    frame += select(0u, 1u, wrapped);
    weights += params.weight_row * select(1u, (depth - 1u) * WINDOW * WINDOW + 1u, WINDOW == 1u || wrapped);
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
    store4(position_of(first_pixel + 4u * i), channel, a);
    store4(position_of(first_pixel + 4u * i + 1u), channel, b);
    store4(position_of(first_pixel + 4u * i + 2u), channel, c);
    store4(position_of(first_pixel + 4u * i + 3u), channel, d);
  }
}
