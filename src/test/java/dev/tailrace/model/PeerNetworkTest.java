package dev.tailrace.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses that count as one network. */
@Tag("unit")
final class PeerNetworkTest {

    private static String of(String address) {
        try {
            return PeerNetwork.of(InetAddress.getByName(address));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:1::1, 2001:db8:0:1:ffff:ffff:ffff:ffff",
        "fd00:1:2:3::1, fd00:1:2:3:4:5:6:7",
        "::ffff:192.0.2.1, 192.0.2.1",
        "64:ff9b::192.0.2.1, 192.0.2.1",
        "127.0.0.1, 127.0.0.1"
    })
    void addressesOfOneNetwork_countAsOne(String one, String other) {
        assertThat(of(one)).isEqualTo(of(other));
        assertThat(PeerNetwork.ofLiteral(one))
                .isEqualTo(PeerNetwork.ofLiteral(other))
                .isEqualTo(of(one));
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:1::1, 2001:db8:0:2::1",
        "192.0.2.1, 192.0.2.2",
        "64:ff9b::192.0.2.1, 64:ff9b::192.0.2.2",
        "fe80::1, fe80::2",
        "::1, ::2",
        "::1, 127.0.0.1"
    })
    void addressesOfOtherNetworks_countSeparately(String one, String other) {
        assertThat(PeerNetwork.ofLiteral(one)).isNotEqualTo(PeerNetwork.ofLiteral(other));
        assertThat(of(one)).isNotEqualTo(of(other));
    }
}
