// Products of int8 (dot4I8Packed) in blocks of 32 inputs. The inputs of a token are rounded to int8 with a scale for each
// block, which is also the weights' block: y = Σ over blocks of x_scale · (w_scale · Σ qx·qw + w_min · Σ qx). The rounding's
// relative error is about 5e-3.
// Reads the bindings x, weight (q8 or q4) and scales and params.{tokens, rows, cols, stride}.
#import linear_blocks

const BLOCK = 32u;
// A sum of integers begins at the bits of this float, where one more is the next float: so the bits of a sum below 2^22,
// and 32 · 127 · 127 is, become a float by a subtraction. A conversion is slow on many GPUs.
const ZERO = 12582912.0; // 2^23 + 2^22

// A block of a token.
struct Inputs {
  first: vec4<u32>, // 16 inputs
  second: vec4<u32>,
  scale: vec2<f32>, // and scale · Σ q
}

// A block of four outputs.
struct Outputs {
  first: array<vec4<u32>, 4>, // 16 inputs each
  second: array<vec4<u32>, 4>,
  scale: vec4<f32>,
  minimum: vec4<f32>,
}

fn load16(token: u32, col: u32) -> mat4x4<f32> {
  return mat4x4<f32>(load_token(token, col), load_token(token, col + 4u), load_token(token, col + 8u), load_token(token, col + 12u));
}

fn largest(x: mat4x4<f32>) -> f32 {
  let each = max(max(abs(x[0]), abs(x[1])), max(abs(x[2]), abs(x[3])));
  return max(max(each.x, each.y), max(each.z, each.w));
}

fn pack4(x: vec4<f32>) -> u32 {
  return pack4xI8(vec4<i32>(round(x)));
}

fn pack16(x: mat4x4<f32>) -> vec4<u32> {
  return vec4<u32>(pack4(x[0]), pack4(x[1]), pack4(x[2]), pack4(x[3]));
}

fn dot16(x: vec4<u32>, w: vec4<u32>) -> i32 {
  return dot4I8Packed(x.x, w.x) + dot4I8Packed(x.y, w.y) + dot4I8Packed(x.z, w.z) + dot4I8Packed(x.w, w.w);
}

fn rounded(token: u32, col: u32) -> Inputs {
  let first = load16(token, col);
  let second = load16(token, col + 16u);
  let scale = max(largest(first), largest(second)) / 127.0;
  let steps = 1.0 / max(scale, 1e-30); // a block of zeros stays zeros
  let q_first = pack16(steps * first);
  let q_second = pack16(steps * second);
  let ones = vec4<u32>(0x01010101u);
  return Inputs(q_first, q_second, vec2<f32>(scale, scale * f32(dot16(q_first, ones) + dot16(q_second, ones))));
}

// What a block adds to four sums of a token.
fn products(x: Inputs, w: Outputs) -> vec4<f32> {
  let dots = vec4<i32>(
    dot16(x.first, w.first[0]) + dot16(x.second, w.second[0]),
    dot16(x.first, w.first[1]) + dot16(x.second, w.second[1]),
    dot16(x.first, w.first[2]) + dot16(x.second, w.second[2]),
    dot16(x.first, w.first[3]) + dot16(x.second, w.second[3]),
  );
  let sums = bitcast<vec4<f32>>(bitcast<i32>(ZERO) + dots) - ZERO;
  return x.scale.x * w.scale * sums + x.scale.y * w.minimum;
}
