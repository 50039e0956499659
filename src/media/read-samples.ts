// The samples of an MP4 of ours, as its encoder gave them: of an ordinary file, or of one in fragments.
import { BufferSource, EncodedPacketSink, Input, MP4 } from 'mediabunny'
import type { EncodedFrame } from './mp4-writer'

/** In order; the first one carries the decoder's settings. @throws Error where the file has no picture */
export async function readSamples(mp4: Uint8Array<ArrayBuffer>): Promise<EncodedFrame[]> {
  const input = new Input({ formats: [MP4], source: new BufferSource(mp4) })
  try {
    const track = await input.getPrimaryVideoTrack()
    const config = await track?.getDecoderConfig()
    if (!track || !config) throw new Error('The earlier film has no video that can be extended.')
    const samples: EncodedFrame[] = []
    for await (const packet of new EncodedPacketSink(track).packets())
      samples.push({
        data: packet.data,
        isKey: packet.type === 'key',
        meta: samples.length === 0 ? { decoderConfig: config } : undefined,
      })
    return samples
  } finally {
    input.dispose()
  }
}
