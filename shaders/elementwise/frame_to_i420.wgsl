// rgb = 127.5 (clamp(frame, -1, 1) + 1); Y = 16 + 219/255 luma(rgb); U, V = 128 + 224/255 (blue or red - luma) / (2 - 2 its weight), of the mean of 2 x 2 pixels
// frame [H, W, 3] scalar -> i420 [ceil(6 H W / 16)] u32: bytes Y [H, W], U and V [H / 2, W / 2], the first one lowest, each rounded to the nearest
// One workgroup packs INVOCATIONS words of four bytes: grid (ceil(words / INVOCATIONS), 1, 1).
// H and W are even. Y of a pixel with a value that is not finite is 0, which no other pixel has; its U and V are unspecified.
// Reference: test/reference/frame_to_i420.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  height: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> frame: array<scalar>;
@group(0) @binding(1) var<storage, read_write> i420: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

// BT.709 in the limited range, 8 bits.
const LUMA = vec3(0.2126, 0.7152, 0.0722);
const LUMA_SCALE = 219.0 / 255.0;
const CHROMA_SCALE = 224.0 / 255.0;

// All ones in infinity and in NaN alone. Comparisons of floats may assume that there are none.
const EXPONENT = vec3(0x7f800000u);

fn colour(pixel: u32) -> vec3<f32> {
  return vec3(f32(frame[3u * pixel]), f32(frame[3u * pixel + 1u]), f32(frame[3u * pixel + 2u]));
}

fn rgb(pixel: u32) -> vec3<f32> {
  return 127.5 * (clamp(colour(pixel), vec3(-1.0), vec3(1.0)) + 1.0);
}

fn luma_byte(pixel: u32) -> u32 {
  if (any((bitcast<vec3<u32>>(colour(pixel)) & EXPONENT) == EXPONENT)) {
    return 0u;
  }
  return u32(16.5 + LUMA_SCALE * dot(LUMA, rgb(pixel)));
}

// Of the pixels 2 `at`, 2 `at` + (1, 1) and between; `component` 2 (blue) for U, 0 (red) for V.
fn chroma_byte(at: vec2<u32>, component: u32) -> u32 {
  let pixel = 2u * (at.y * params.width + at.x);
  let mean = 0.25 * (rgb(pixel) + rgb(pixel + 1u) + rgb(pixel + params.width) + rgb(pixel + params.width + 1u));
  return u32(128.5 + CHROMA_SCALE * (mean[component] - dot(LUMA, mean)) / (2.0 * (1.0 - LUMA[component])));
}

fn byte(at: u32) -> u32 {
  let pixels = params.height * params.width;
  if (at < pixels) {
    return luma_byte(at);
  }
  let half = params.width / 2u;
  let quarter = pixels / 4u;
  let chroma = at - pixels;
  if (chroma < quarter) {
    return chroma_byte(vec2(chroma % half, chroma / half), 2u);
  }
  let last = chroma - quarter;
  if (last < quarter) {
    return chroma_byte(vec2(last % half, last / half), 0u);
  }
  return 0u;
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let word = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (word >= arrayLength(&i420)) {
    return;
  }
  var bytes = 0u;
  for (var i = 0u; i < 4u; i++) {
    bytes |= byte(4u * word + i) << (8u * i);
  }
  i420[word] = bytes;
}
