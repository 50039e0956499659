import type { Family } from './family'
import { WAN_21 } from './wan21'
import { WAN_22_TI2V } from './wan22-ti2v'

/** The families that every engine knows; a new one is a line here. */
export const FAMILIES: readonly Family[] = [WAN_21, WAN_22_TI2V]
