// Four inputs of a token, and four lines of w at four inputs, for loops that multiply them at once; cols is a multiple of 4.

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
