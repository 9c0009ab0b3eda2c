package dev.tailrace.ingest;

import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.lines.HttpIngest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads a whole body through a decoder, as {@link HttpIngest} does. */
public final class Decoding {

    private Decoding() {}

    /** @throws IOException when it is not what it should be, or ends early */
    public static byte[] decode(BodyDecoder decoder, int outSize, byte[] body, int... cuts) throws IOException {
        try (decoder) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] piece = new byte[outSize];
            List<Integer> ends = new ArrayList<>(Arrays.stream(cuts).boxed().toList());
            ends.add(body.length);
            int from = 0;
            for (int end : ends) {
                decoder.input(Arrays.copyOfRange(body, from, end));
                from = end;
                for (int count = decoder.read(piece); count > 0; count = decoder.read(piece)) {
                    out.write(piece, 0, count);
                }
            }
            for (int i = 0; i < 100; i++) { // asking again without input changes nothing
                if (decoder.read(piece) != 0) {
                    throw new AssertionError("read after the end");
                }
            }
            if (!decoder.isComplete()) {
                throw new IOException("cut off");
            }
            return out.toByteArray();
        }
    }
}
