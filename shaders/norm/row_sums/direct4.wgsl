enable subgroups;
// A row to a quad of lanes, ROWS of them a workgroup: no barrier and no workgroup memory, for adapters that are a CPU.
// Lanes 4 i to 4 i + 3 are a quad; LANES is 4.

fn row_sum(lane: u32, value: f32) -> f32 {
  let pair = value + quadSwapX(value);
  return pair + quadSwapY(pair);
}
