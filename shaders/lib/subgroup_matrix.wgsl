enable chromium_experimental_subgroup_matrix;
enable f16;
diagnostic(off, chromium.subgroup_matrix_uniformity);
// A GPU's matrix units: matrices of 16 × 16, left and right of f16 and their sums of f32, each held by a subgroup of 32 lanes.
const SUBGROUP = 32u;
const SIDE = 16u; // of a matrix

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;
