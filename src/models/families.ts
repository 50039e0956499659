import type { Family } from './family'
import { WAN_21 } from './wan21'

/** The built-in families; a new one is a line here. */
export const FAMILIES: readonly Family[] = [WAN_21]
