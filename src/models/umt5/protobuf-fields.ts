import { WireType, type BinaryWriter } from '@bufbuild/protobuf/wire'

type Fields = (writer: BinaryWriter) => void

export function message(writer: BinaryWriter, field: number, fields: Fields): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  fields(writer)
  writer.join()
}

export function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}

export function bytes(writer: BinaryWriter, field: number, value: Uint8Array): void {
  writer.tag(field, WireType.LengthDelimited).bytes(value)
}

export function integer(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value)
}

export function float(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Bit32).float(value)
}
