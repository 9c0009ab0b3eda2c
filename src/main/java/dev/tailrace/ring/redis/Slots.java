package dev.tailrace.ring.redis;

import java.nio.charset.StandardCharsets;

/** Maps keys to the slots of Redis Cluster: CRC-16/XMODEM of what stands in braces, modulo 16384. */
final class Slots {

    static final int COUNT = 16384;

    private static final int POLYNOMIAL = 0x1021;

    private Slots() {}

    static int of(String key) {
        int open = key.indexOf('{');
        int close = open < 0 ? -1 : key.indexOf('}', open + 1);
        String hashed = close > open + 1 ? key.substring(open + 1, close) : key;
        return crc16(hashed.getBytes(StandardCharsets.UTF_8)) % COUNT;
    }

    private static int crc16(byte[] bytes) {
        int crc = 0;
        for (byte b : bytes) {
            crc ^= (b & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
            }
        }
        return crc & 0xffff;
    }
}
