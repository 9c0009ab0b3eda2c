package dev.tailrace.storage.redis.link;

import java.nio.charset.StandardCharsets;

/** Maps keys to the slots of Redis Cluster: CRC-16/XMODEM of the part in braces, modulo 16384. */
public final class Slots {

    static final int COUNT = 16384;

    private static final int POLYNOMIAL = 0x1021;

    /** The CRC of each value of the high byte. */
    private static final int[] CRC = table();

    private Slots() {}

    private static int[] table() {
        int[] table = new int[256];
        for (int high = 0; high < table.length; high++) {
            int crc = high << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
            }
            table[high] = crc & 0xffff;
        }
        return table;
    }

    public static int of(String key) {
        int open = key.indexOf('{');
        int close = open < 0 ? -1 : key.indexOf('}', open + 1);
        String hashed = close > open + 1 ? key.substring(open + 1, close) : key;
        return crc16(hashed.getBytes(StandardCharsets.UTF_8)) % COUNT;
    }

    private static int crc16(byte[] bytes) {
        int crc = 0;
        for (byte b : bytes) {
            crc = (crc << 8 & 0xffff) ^ CRC[(crc >> 8 ^ b) & 0xff];
        }
        return crc;
    }
}
