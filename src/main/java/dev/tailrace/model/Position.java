package dev.tailrace.model;

/**
 * A position in one device's ring, which is the SSE {@code id} and the resume token. Written {@code <epoch>-<offset>}.
 *
 * @param epoch names one life of the ring, 1 to 32 of {@code a-z 0-9}; offsets of different epochs cannot be compared
 * @param offset of the last entry read, 0 before the first
 */
public record Position(String epoch, long offset) {

    private static final int MAX_EPOCH_LENGTH = 32;
    private static final int MAX_OFFSET_DIGITS = 18;

    /**
     * Reads {@code <epoch>-<offset>}.
     *
     * @throws IllegalArgumentException with a message for the caller when the text is no position
     */
    public static Position parse(String text) {
        int dash = text.indexOf('-');
        String epoch = dash < 0 ? "" : text.substring(0, dash);
        String digits = dash < 0 ? "" : text.substring(dash + 1);
        if (!isEpoch(epoch) || !isOffset(digits)) {
            throw new IllegalArgumentException(
                    "a position is <epoch>-<offset>, as in the id of an entry, for example k3f9-42");
        }
        return new Position(epoch, Long.parseLong(digits));
    }

    private static boolean isEpoch(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_EPOCH_LENGTH
                && text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
    }

    private static boolean isOffset(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_OFFSET_DIGITS
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public String toString() {
        return epoch + "-" + offset;
    }
}
