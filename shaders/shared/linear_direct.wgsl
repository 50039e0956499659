// For loops that multiply straight from the bindings: four inputs of a token, four lines of w at four inputs, and what comes
// of 16 tokens; cols is a multiple of 4.

// Inputs with one scale.
const BLOCK = 32u;

fn load_x4(token: u32, col: u32) -> vec4<f32> {
  return vec4<f32>(fetch_x4(token * params.cols + col));
}

// The scales of four lines that begin at `lines`, in the block of that input.
fn load_scales(lines: vec4<u32>, col: u32) -> vec4<u32> {
  let at = lines + col;
  return vec4<u32>(fetch_scale(at.x), fetch_scale(at.y), fetch_scale(at.z), fetch_scale(at.w));
}

// A column for each line.
fn load_weights(lines: vec4<u32>, col: u32, scale: vec4<u32>) -> mat4x4<f32> {
  let at = lines + col;
  return mat4x4<f32>(
    unpack_weight4(fetch_weight4(at.x), scale.x, at.x),
    unpack_weight4(fetch_weight4(at.y), scale.y, at.y),
    unpack_weight4(fetch_weight4(at.z), scale.z, at.z),
    unpack_weight4(fetch_weight4(at.w), scale.w, at.w),
  );
}

// Four outputs of each of 16 tokens. In a loop, so that the kernel's store is compiled once.
fn store_tokens(
  first_token: u32, row: u32,
  s0: vec4<f32>, s1: vec4<f32>, s2: vec4<f32>, s3: vec4<f32>, s4: vec4<f32>, s5: vec4<f32>, s6: vec4<f32>, s7: vec4<f32>,
  s8: vec4<f32>, s9: vec4<f32>, s10: vec4<f32>, s11: vec4<f32>, s12: vec4<f32>, s13: vec4<f32>, s14: vec4<f32>, s15: vec4<f32>,
) {
  for (var i = 0u; i < 16u; i++) {
    var sums = s0;
    switch i {
      case 1u: { sums = s1; }
      case 2u: { sums = s2; }
      case 3u: { sums = s3; }
      case 4u: { sums = s4; }
      case 5u: { sums = s5; }
      case 6u: { sums = s6; }
      case 7u: { sums = s7; }
      case 8u: { sums = s8; }
      case 9u: { sums = s9; }
      case 10u: { sums = s10; }
      case 11u: { sums = s11; }
      case 12u: { sums = s12; }
      case 13u: { sums = s13; }
      case 14u: { sums = s14; }
      case 15u: { sums = s15; }
      default: {}
    }
    store4(first_token + i, row, sums);
  }
}
