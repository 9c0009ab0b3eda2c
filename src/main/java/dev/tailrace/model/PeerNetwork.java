package dev.tailrace.model;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What counts as one peer wherever a limit is per address. That is the address itself of IPv4. Of IPv6 it is the network of 64 bits,
 * because that is the least that a site is given (RFC 6177), so one host may choose among 2^64 addresses.
 */
public final class PeerNetwork {

    private static final int NETWORK_BYTES = 8;
    private static final int IPV4_BYTES = 4;

    /** 64:ff9b::/96 (RFC 6052): what a NAT64 makes of IPv4 addresses, all of which would be one network. */
    private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

    private PeerNetwork() {}

    /** The network of an address, as a text to compare and count by: {@code 192.0.2.7} or {@code 20010db800000001/64}. */
    public static String of(InetAddress address) {
        // Java itself makes an IPv4 address of an IPv6 one that maps it (::ffff:192.0.2.7).
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        if (Arrays.equals(bytes, 0, NAT64.length, NAT64, 0, NAT64.length)) {
            return dotted(bytes, NAT64.length);
        }
        if (address.isLinkLocalAddress() || address.isLoopbackAddress()) {
            return HexFormat.of().formatHex(bytes); // fe80::/64 is every host of the link
        }
        return HexFormat.of().formatHex(bytes, 0, NETWORK_BYTES) + "/64";
    }

    /**
     * The network of an address as a peer's connection names it.
     *
     * @param literal an address of IPv4 or IPv6; null for a peer that has none
     * @return empty for null; the text itself when it is no address
     */
    public static String ofLiteral(@Nullable String literal) {
        if (literal == null) {
            return "";
        }
        try {
            // With a colon in it no name server is ever asked, and without one it is of IPv4.
            return literal.indexOf(':') < 0 ? literal : of(InetAddress.getByName(literal));
        } catch (UnknownHostException noAddress) {
            return literal;
        }
    }

    private static String dotted(byte[] bytes, int from) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < from + IPV4_BYTES; i++) {
            text.append(i == from ? "" : ".").append(bytes[i] & 0xff);
        }
        return text.toString();
    }
}
