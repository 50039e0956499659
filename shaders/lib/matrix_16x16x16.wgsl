enable chromium_experimental_subgroup_matrix;
enable f16;
diagnostic(off, chromium.subgroup_matrix_uniformity);
// A GPU's matrix units: matrices of 16 × 16, left and right of f16 and their sums of f32, each held by a subgroup of 32 lanes.
// The loop says where they lie: left_part(source, row, k), right_part(source, k, column), put_part(part, row, column).
const SUBGROUP = 32u;
const SIDE = 16u; // of a matrix

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;
alias LeftPart = Left;
alias RightPart = Right;
alias SumsPart = Sums;

fn left(source: u32, row: u32, k: u32) -> Left {
  return left_part(source, row, k);
}

fn right(source: u32, k: u32, column: u32) -> Right {
  return right_part(source, k, column);
}

fn put_sums(sums: Sums, row: u32, column: u32) {
  put_part(sums, row, column);
}

fn multiply_add(a: Left, b: Right, sums: Sums) -> Sums {
  return subgroupMatrixMultiplyAccumulate(a, b, sums);
}
