import type { Family } from './family'
import { WAN_21 } from './wan21'
import { WAN_21_I2V } from './wan21-i2v'
import { WAN_21_VACE } from './wan21-vace'
import { WAN_22_A14B } from './wan22-a14b'
import { WAN_22_TI2V } from './wan22-ti2v'

/** The families that every engine knows; a new one is a line here. */
export const FAMILIES: readonly Family[] = [WAN_21, WAN_21_I2V, WAN_21_VACE, WAN_22_A14B, WAN_22_TI2V]
