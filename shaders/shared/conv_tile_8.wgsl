// Output tile: 8 rows x COLUMNS pixels x 8 GROUPS channels; COLUMNS * GROUPS invocations.
const COLUMNS = 32u;
const GROUPS = 1u;
