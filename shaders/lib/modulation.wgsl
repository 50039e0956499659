// A row of a modulation table at one channel, with what the timestep adds to it. e holds e_rows rows a timestep, and they go
// round; none where there is no timestep. Which timestep a token has: one for each row_tokens tokens, or, where row_tokens
// is 0, the one that time_rows names. Reads the bindings modulation, e, time_rows and params.{e_rows, first_token, row_tokens}.
fn time_row(token: u32) -> u32 {
  let at = params.first_token + token;
  if (params.row_tokens == 0u) {
    return time_rows[at];
  }
  return at / params.row_tokens;
}

fn modulation_at(time: u32, row: u32, channel: u32, width: u32) -> f32 {
  var value = modulation[row * width + channel];
  if (params.e_rows > 0u) {
    value += e[(time * params.e_rows + row % params.e_rows) * width + channel];
  }
  return value;
}
