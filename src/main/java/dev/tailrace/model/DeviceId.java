package dev.tailrace.model;

/**
 * The name of a device, the writer of a log.
 *
 * @param value 1 to 128 of {@code A-Z a-z 0-9 . _ -}; {@code .} and {@code ..} are refused because URL normalisation
 *     would remove them
 */
public record DeviceId(String value) implements Comparable<DeviceId> {

    public static final int MAX_LENGTH = 128;

    public DeviceId {
        if (!isValid(value)) {
            throw new IllegalArgumentException(
                    "a device id is 1 to 128 of the characters A-Z a-z 0-9 . _ - (and not only dots)");
        }
    }

    static boolean isValid(String value) {
        int length = value.length();
        if (length == 0 || length > MAX_LENGTH || value.equals(".") || value.equals("..")) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!isAllowed(value.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether an id may have this character. */
    public static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    @Override
    public int compareTo(DeviceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
