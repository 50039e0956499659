// Reads Python pickles without executing anything: only values, and only names that the caller knows.

import { showText } from './bounded-json'

/** A checkpoint of Wan has about 50 for each tensor: 50 thousand. */
const MAX_INSTRUCTIONS = 1_000_000
/** Dictionaries, lists, tuples and sets; a checkpoint has about six for each tensor. */
const MAX_CONTAINERS = 65_536
/** Values kept for later, of which a checkpoint has about ten for each tensor. */
const MAX_MEMO = 262_144
/** Lists and tuples that are begun in each other. */
const MAX_MARKS = 1000
/** Bytes of a whole number whose value is taken; no checkpoint says anything by a longer one. */
const MAX_INTEGER = 1024
const MAX_NAME = 512

export class PickleTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** A name such as "collections.OrderedDict", which stays a name and runs nothing. */
export class PickleName {
  constructor(readonly name: string) {}
}

/** A value that weights do not need and that does no harm: a type, a device, a set, a number of a thousand digits. */
export class PickleOpaque {
  constructor(readonly what: string) {}
}

/**
 * The caller's meaning of a pickle's names. Each method throws on names that it does not know. Values are those of
 * `unpickle`.
 */
export interface PickleHost {
  name(name: string): void
  /** The value of `name(*args)`. */
  call(name: string, args: readonly unknown[]): unknown
  /** The value behind a persistent id. */
  persistent(id: unknown): unknown
  /** Must throw. */
  fail(problem: string): never
}

/** The bytes of the pickle and the position in them. */
class Cursor {
  private readonly view: DataView
  at = 0

  constructor(
    private readonly bytes: Uint8Array,
    readonly fail: (problem: string) => never,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Skips `length` bytes and returns their position. */
  private pass(length: number): number {
    const begin = this.at
    if (length > this.bytes.length - begin)
      this.fail(
        `its pickle ends at byte ${this.bytes.length}, and ${length} bytes are needed from byte ${begin}`,
      )
    this.at = begin + length
    return begin
  }

  u8 = (): number => this.view.getUint8(this.pass(1))
  u16 = (): number => this.view.getUint16(this.pass(2), true)
  u32 = (): number => this.view.getUint32(this.pass(4), true)
  i32 = (): number => this.view.getInt32(this.pass(4), true)
  /** Big-endian, as in pickles. */
  f64 = (): number => this.view.getFloat64(this.pass(8))

  slice(length: number): Uint8Array {
    const begin = this.pass(length)
    return this.bytes.slice(begin, begin + length)
  }

  text(length: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.slice(length))
    } catch (error) {
      if (error instanceof TypeError)
        return this.fail(`its pickle has at byte ${this.at} a text that is not UTF-8`)
      throw error
    }
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at)
    if (end < 0 || end - this.at > MAX_NAME)
      this.fail(`its pickle has at byte ${this.at} a name without an end within ${MAX_NAME} bytes`)
    const line = this.text(end - this.at)
    this.at = end + 1
    return line
  }

  /** A length of 64 bits. */
  u64 = (): number => {
    const value = this.view.getBigUint64(this.pass(8), true)
    return value > BigInt(this.bytes.length)
      ? this.fail(`its pickle claims at byte ${this.at} ${value} bytes, and has ${this.bytes.length}`)
      : Number(value)
  }

  /** A signed little-endian integer of `length` bytes; beyond 2^53 a bigint. */
  long(length: number): number | bigint | PickleOpaque {
    const bytes = this.slice(length)
    if (length > MAX_INTEGER) return new PickleOpaque('a long number')
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse()
    const value = length === 0 ? 0n : BigInt(`0x${digits.join('')}`)
    const signed = BigInt.asIntN(8 * length, value)
    return BigInt.asIntN(54, signed) === signed ? Number(signed) : signed
  }
}

/**
 * The value of a pickle of protocol 2 to 5: null, booleans, numbers, bigint, strings, Uint8Array, arrays, Map,
 * `PickleTuple`, `PickleName`, `PickleOpaque`, and what `host` makes. Attributes set on an object (BUILD) are left out.
 * Every instruction adds at most one value to the memory, and of instructions, containers and kept values there are
 * only so many.
 */
export function unpickle(bytes: Uint8Array, host: PickleHost): unknown {
  const cursor = new Cursor(bytes, host.fail)
  const memo = new Map<number, unknown>()
  const below: unknown[][] = [] // the stacks under each mark
  let stack: unknown[] = []
  let containers = 0

  const contain = <Container>(container: Container): void => {
    if (++containers > MAX_CONTAINERS)
      host.fail(`its pickle has more than ${MAX_CONTAINERS} dictionaries, lists and tuples`)
    stack.push(container)
  }
  const mark = (): void => {
    if (below.push(stack) > MAX_MARKS)
      host.fail(`its pickle begins more than ${MAX_MARKS} lists in each other`)
    stack = []
  }
  const keep = (index: number): void => {
    if (memo.set(index, top()).size > MAX_MEMO) host.fail(`its pickle keeps more than ${MAX_MEMO} values`)
  }

  const pop = (): unknown =>
    stack.length > 0
      ? stack.pop()
      : host.fail(`its pickle takes at byte ${cursor.at} a value from an empty stack`)
  const popToMark = (): unknown[] => {
    const items = stack
    stack = below.pop() ?? host.fail(`its pickle closes at byte ${cursor.at} a list that it never opened`)
    return items
  }
  const top = (): unknown => {
    const value = pop()
    stack.push(value)
    return value
  }
  const recall = (index: number): void => {
    if (!memo.has(index))
      host.fail(`its pickle recalls at byte ${cursor.at} the value ${index}, which it never kept`)
    stack.push(memo.get(index))
  }
  const named = (name: string): void => {
    if (name.length > 2 * MAX_NAME) host.fail(`its pickle names ${showText(name)}`)
    host.name(name)
    stack.push(new PickleName(name))
  }
  const setItems = (items: readonly unknown[]): void => {
    const dict = top()
    if (dict instanceof PickleOpaque) return
    if (!(dict instanceof Map) || items.length % 2 !== 0)
      return host.fail(`its pickle sets at byte ${cursor.at} items of what is no dictionary`)
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]
      // Python has no such keys, and making text of one may never end.
      if (Array.isArray(key) || key instanceof Map)
        return host.fail(`its pickle has at byte ${cursor.at} a list or a dictionary as a key`)
      dict.set(key, items[i + 1])
    }
  }
  const append = (items: readonly unknown[]): void => {
    const list = top()
    if (list instanceof PickleOpaque) return
    if (!Array.isArray(list)) host.fail(`its pickle appends at byte ${cursor.at} to what is no list`)
    else for (const item of items) list.push(item)
  }
  const call = (): void => {
    const args = pop()
    const callee = pop()
    if (!(callee instanceof PickleName) || !(args instanceof PickleTuple))
      host.fail(`its pickle calls at byte ${cursor.at} what is no name`)
    else stack.push(host.call(callee.name, args.items))
  }
  const tuple = (length: number): void => {
    const items = Array.from({ length }, pop).reverse()
    contain(new PickleTuple(items))
  }
  const markedTuple = (): void => {
    const items = popToMark() // changes the current stack
    contain(new PickleTuple(items))
  }
  const stackName = (): void => {
    const name = pop()
    const module = pop()
    if (typeof name !== 'string' || typeof module !== 'string')
      host.fail(`its pickle names at byte ${cursor.at} what is no text`)
    else named(`${module}.${name}`)
  }

  const opaque = (what: string): void => contain(new PickleOpaque(what))
  const markedDict = (): void => {
    const items = popToMark()
    contain(new Map())
    setItems(items)
  }
  const markedList = (): void => {
    const items = popToMark()
    contain(items)
  }

  const instructions: Readonly<Record<number, () => void>> = {
    0x80: () => void (cursor.u8() <= 5 || host.fail('its pickle has a protocol above 5')), // PROTO
    0x95: () => void cursor.slice(8), // FRAME
    0x28: mark, // MARK
    0x30: () => void pop(), // POP
    0x31: () => void popToMark(), // POP_MARK
    0x32: () => void stack.push(top()), // DUP
    0x4e: () => void stack.push(null), // NONE
    0x88: () => void stack.push(true), // NEWTRUE
    0x89: () => void stack.push(false), // NEWFALSE
    0x4a: () => void stack.push(cursor.i32()), // BININT
    0x4b: () => void stack.push(cursor.u8()), // BININT1
    0x4d: () => void stack.push(cursor.u16()), // BININT2
    0x8a: () => void stack.push(cursor.long(cursor.u8())), // LONG1
    0x8b: () => void stack.push(cursor.long(cursor.u32())), // LONG4
    0x47: () => void stack.push(cursor.f64()), // BINFLOAT
    0x58: () => void stack.push(cursor.text(cursor.u32())), // BINUNICODE
    0x8c: () => void stack.push(cursor.text(cursor.u8())), // SHORT_BINUNICODE
    0x8d: () => void stack.push(cursor.text(cursor.u64())), // BINUNICODE8
    0x43: () => contain(cursor.slice(cursor.u8())), // SHORT_BINBYTES
    0x42: () => contain(cursor.slice(cursor.u32())), // BINBYTES
    0x8e: () => contain(cursor.slice(cursor.u64())), // BINBYTES8
    0x96: () => contain(cursor.slice(cursor.u64())), // BYTEARRAY8
    0x55: () => contain(cursor.slice(cursor.u8())), // SHORT_BINSTRING
    0x54: () => contain(cursor.slice(cursor.u32())), // BINSTRING
    0x7d: () => contain(new Map()), // EMPTY_DICT
    0x64: markedDict, // DICT
    0x5d: () => contain([]), // EMPTY_LIST
    0x6c: markedList, // LIST
    0x29: () => contain(new PickleTuple([])), // EMPTY_TUPLE
    0x8f: () => opaque('a set'), // EMPTY_SET
    0x90: () => void popToMark(), // ADDITEMS
    0x91: () => (popToMark(), opaque('a set')), // FROZENSET
    0x74: markedTuple, // TUPLE
    0x85: () => tuple(1), // TUPLE1
    0x86: () => tuple(2), // TUPLE2
    0x87: () => tuple(3), // TUPLE3
    0x73: () => setItems([pop(), pop()].reverse()), // SETITEM
    0x75: () => setItems(popToMark()), // SETITEMS
    0x61: () => append([pop()]), // APPEND
    0x65: () => append(popToMark()), // APPENDS
    0x71: () => keep(cursor.u8()), // BINPUT
    0x72: () => keep(cursor.u32()), // LONG_BINPUT
    0x94: () => keep(memo.size), // MEMOIZE
    0x68: () => recall(cursor.u8()), // BINGET
    0x6a: () => recall(cursor.u32()), // LONG_BINGET
    0x63: () => named(`${cursor.line()}.${cursor.line()}`), // GLOBAL
    0x93: stackName, // STACK_GLOBAL
    0x52: call, // REDUCE
    0x81: call, // NEWOBJ
    0x62: () => void (pop(), top()), // BUILD
    0x51: () => void stack.push(host.persistent(pop())), // BINPERSID
  }
  for (let count = 0; ; count++) {
    if (count === MAX_INSTRUCTIONS)
      return host.fail(`its pickle has more than ${MAX_INSTRUCTIONS} instructions`)
    const code = cursor.u8()
    if (code === 0x2e) return pop() // STOP
    const instruction = instructions[code]
    if (!instruction)
      host.fail(
        `its pickle has at byte ${cursor.at - 1} the instruction 0x${code.toString(16)}, which no file of weights needs`,
      )
    else instruction()
  }
}
