package dev.tailrace.ingest.body;

/** Passes a body through. */
public final class IdentityDecoder implements BodyDecoder {

    private byte[] input = new byte[0];
    private int at;

    @Override
    public void input(byte[] bytes) {
        input = bytes;
        at = 0;
    }

    @Override
    public int read(byte[] out) {
        int count = Math.min(out.length, input.length - at);
        System.arraycopy(input, at, out, 0, count);
        at += count;
        return count;
    }

    @Override
    public boolean isComplete() {
        return true;
    }

    @Override
    public void close() {}
}
