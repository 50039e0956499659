// For convolutions that multiply straight from the bindings; in_channels is a multiple of 4.
//! given scalar, WINDOW
alias x_element = vec4<scalar>;

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
