// A row of a modulation table at one channel, with what the timestep adds to it: of e's e_rows rows they go round, none
// where there is no e. Reads the bindings modulation and e and params.e_rows.
fn modulation_at(row: u32, channel: u32, width: u32) -> f32 {
  var value = modulation[row * width + channel];
  if (params.e_rows > 0u) {
    value += e[row % params.e_rows * width + channel];
  }
  return value;
}
