// Four inputs of a token or of an output, for loops that multiply them at once; cols is a multiple of 4.

fn load_x4(token: u32, col: u32) -> vec4<f32> {
  return vec4<f32>(fetch_x4(token * params.cols + col));
}

fn load_weight4(row: u32, col: u32) -> vec4<f32> {
  let at = row * params.stride + col;
  return unpack_weight4(fetch_weight4(at), at);
}
