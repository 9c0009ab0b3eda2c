package dev.tailrace.model;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The unit of limits per address: the address itself for IPv4, and the /64 network for IPv6, because a site gets at least such a network
 * (RFC 6177), so that one host may use 2^64 addresses.
 */
public final class PeerNetwork {

    private static final int NETWORK_BYTES = 8;
    private static final int IPV4_BYTES = 4;

    /** The prefix 64:ff9b::/96 of NAT64 (RFC 6052), under which all IPv4 addresses would be one network. */
    private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

    private PeerNetwork() {}

    /** The network of an address, as a text: {@code 192.0.2.7} or {@code 20010db800000001/64}. */
    public static String of(InetAddress address) {
        // Java converts an IPv4-mapped IPv6 address (::ffff:192.0.2.7) to IPv4.
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        if (Arrays.equals(bytes, 0, NAT64.length, NAT64, 0, NAT64.length)) {
            return dotted(bytes, NAT64.length);
        }
        if (address.isLinkLocalAddress() || address.isLoopbackAddress()) {
            return HexFormat.of().formatHex(bytes); // of link-local addresses, fe80::/64, as well
        }
        return HexFormat.of().formatHex(bytes, 0, NETWORK_BYTES) + "/64";
    }

    /**
     * The network of the address of a peer.
     *
     * @param literal an IPv4 or IPv6 address; null for a peer without one
     * @return empty for null; the text itself when it is no address
     */
    public static String ofLiteral(@Nullable String literal) {
        if (literal == null) {
            return "";
        }
        try {
            // A text with a colon is never looked up in DNS, and one without a colon is IPv4.
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
