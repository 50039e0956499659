import type { Family } from './family'
import { WAN_21 } from './wan21'

/** The families that every engine knows; a new one is a line here. */
export const FAMILIES: readonly Family[] = [WAN_21]
