// sentencepiece's own model file (spiece.model, and the tensor `spiece_model` in ComfyUI's): a protocol buffer.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { WeightsError } from '../../weights/error'
import { showText } from '../../weights/formats/bounded-json'
import { MAX_PIECES, pieceKind, type Piece, type UnigramVocabulary } from './tokenizer-json'

/** Fields of ModelProto and its parts, by their numbers in sentencepiece_model.proto. */
const MODEL = { pieces: 1, trainer: 2, normalizer: 3 } as const
const PIECE = { text: 1, score: 2, type: 3 } as const
const TRAINER = { modelType: 3 } as const
const NORMALIZER = { characterMap: 2, addDummyPrefix: 3 } as const
const UNIGRAM = 1

/** Calls `read` for every field of a message; skips fields that it does not read. */
function eachField(
  bytes: Uint8Array,
  read: (reader: BinaryReader, field: number, type: WireType) => boolean,
): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (!read(reader, field, type)) reader.skip(type, field)
  }
}

function parsePiece(bytes: Uint8Array, fail: (problem: string) => never): Piece {
  let text = ''
  let score = 0
  let type = 1
  eachField(bytes, (reader, field, wire) => {
    if (field === PIECE.text && wire === WireType.LengthDelimited) text = reader.string()
    else if (field === PIECE.score && wire === WireType.Bit32) score = reader.float()
    else if (field === PIECE.type && wire === WireType.Varint) type = reader.int32()
    else return false
    return true
  })
  return {
    text,
    score,
    kind:
      pieceKind(type) ?? fail(`piece ${showText(text)} is of the kind ${type}, which is not one of 1 to 6`),
  }
}

/**
 * The vocabulary of a Unigram model.
 * @param source name of the file, for messages
 * @throws WeightsError where the bytes are not such a model
 */
export function parseSentencePiece(source: string, bytes: Uint8Array): UnigramVocabulary {
  const fail = (problem: string): never => {
    throw new WeightsError(
      source,
      `${source} has no sound sentencepiece model: ${problem}. Choose another file of umT5, or its tokenizer.json.`,
    )
  }
  const pieces: Piece[] = []
  let [modelType, hasCharacterMap, addsSpacePrefix] = [UNIGRAM, false, true]
  try {
    eachField(bytes, (reader, field, wire) => {
      if (wire !== WireType.LengthDelimited) return false
      if (field === MODEL.pieces) {
        if (pieces.length === MAX_PIECES) fail(`it has more than ${MAX_PIECES} pieces`)
        pieces.push(parsePiece(reader.bytes(), fail))
      } else if (field === MODEL.trainer) {
        eachField(reader.bytes(), (inner, innerField, innerType) => {
          if (innerField !== TRAINER.modelType || innerType !== WireType.Varint) return false
          modelType = inner.int32()
          return true
        })
      } else if (field === MODEL.normalizer) {
        eachField(reader.bytes(), (inner, innerField, innerType) => {
          if (innerField === NORMALIZER.characterMap && innerType === WireType.LengthDelimited)
            hasCharacterMap = inner.bytes().length > 0
          else if (innerField === NORMALIZER.addDummyPrefix && innerType === WireType.Varint)
            addsSpacePrefix = inner.bool()
          else return false
          return true
        })
      } else return false
      return true
    })
  } catch (error) {
    if (error instanceof WeightsError) throw error
    fail(
      `its ${bytes.length} bytes are no protocol buffer (${error instanceof Error ? error.message : String(error)})`,
    )
  }
  if (modelType !== UNIGRAM) fail(`it is of the type ${modelType}, and umT5's is Unigram (1)`)
  return { pieces, hasCharacterMap, addsSpacePrefix }
}
