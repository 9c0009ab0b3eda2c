package dev.tailrace.ingest.fields;

/** A number as its sender wrote it, which may have more digits than any type of Java. */
public final class SentNumber extends Number {

    private static final long serialVersionUID = 1L;

    private static final int MAX_LENGTH = 40;

    private final String text;

    /** @param text a number of JSON */
    public SentNumber(String text) {
        this.text = text;
    }

    /** Whether it has neither a fraction nor an exponent, and fits into 64 bits. */
    public boolean isLong() {
        if (text.length() > MAX_LENGTH) {
            return false;
        }
        try {
            Long.parseLong(text);
            return true;
        } catch (NumberFormatException other) {
            return false;
        }
    }

    @Override
    public long longValue() {
        return isLong() ? Long.parseLong(text) : (long) doubleValue();
    }

    @Override
    public int intValue() {
        return (int) longValue();
    }

    @Override
    public double doubleValue() {
        return text.length() > MAX_LENGTH ? Double.NaN : Double.parseDouble(text);
    }

    @Override
    public float floatValue() {
        return (float) doubleValue();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SentNumber number && text.equals(number.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** As it was sent. */
    @Override
    public String toString() {
        return text;
    }
}
