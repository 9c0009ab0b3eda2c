package dev.tailrace.storage;

import java.util.concurrent.ThreadLocalRandom;

/** Names the lives of rings, at random, so that nobody has to agree on the names. */
public final class Epochs {

    private static final int LENGTH = 8;
    private static final int RADIX = 36;

    private Epochs() {}

    /** Eight of {@code a-z 0-9}; two lives of one ring get the same name once in 2.8 * 10^12 times. */
    public static String next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        StringBuilder epoch = new StringBuilder(LENGTH);
        while (epoch.length() < LENGTH) {
            epoch.append(Character.forDigit(random.nextInt(RADIX), RADIX));
        }
        return epoch.toString();
    }
}
