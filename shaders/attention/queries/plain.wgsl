// Queries as they are.
fn prepare_queries(first_query: u32, lane: u32) {}

fn load_q(query: u32, column: u32, head_start: u32) -> vec4<f32> {
  return read_q(query, column, head_start);
}
