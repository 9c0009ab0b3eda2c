package dev.tailrace.egress;

import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestAuthority;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;

/** The same within TLS, where the bytes in the channel are not those that were written to it. */
final class PeerSocketTlsTest extends PeerSocketTest {

    private final TestAuthority authority = new TestAuthority();

    @Override
    HttpServerOptions options() {
        try {
            return super.options()
                    .setSsl(true)
                    .setUseAlpn(true)
                    .setKeyCertOptions(
                            KeyCertOptions.wrap(authority.server("socket").toKeyManagerFactory()));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    SseReader connect(int port, int receiveBuffer) {
        return new SseReader(authority.context(), port, receiveBuffer, "/");
    }

    @Override
    boolean isShared() {
        return false;
    }
}
