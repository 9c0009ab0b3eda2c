package dev.tailrace.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.http.HttpServerOptions;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cipher suites that are accepted, with a Java that enables more of them as well. */
final class CipherSuitesTest {

    private static final int TLS_RSA_WITH_AES_128_GCM_SHA256 = 0x009c;
    private static final int TLS_RSA_WITH_AES_256_CBC_SHA = 0x0035;
    private static final int TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = 0xc02f;
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;

    private final TestAuthority authority = new TestAuthority();

    @TempDir
    private Path folder;

    @Test
    void suitesWithoutForwardSecrecy_areRefused_evenIfJavaEnablesThem() throws Exception {
        TestAuthority.lay(authority.server("broker"), folder);
        Path security = folder.resolve("java.security");
        TestAuthority.write(security, "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1\n"); // as in Java 17
        try (BrokerProcess broker = BrokerProcess.in(folder)
                .jvm(List.of("-Djava.security.properties=" + security))
                .settings(
                        "--tls-cert=" + folder.resolve("cert.pem"),
                        "--tls-key=" + folder.resolve("key.pem"),
                        "--management-tls")
                .start()) {
            for (int port : new int[] {broker.port(), broker.managementPort()}) {
                assertThat(answer(port, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)).isEqualTo(HANDSHAKE);
                assertThat(answer(port, TLS_RSA_WITH_AES_128_GCM_SHA256)).isEqualTo(ALERT);
                assertThat(answer(port, TLS_RSA_WITH_AES_256_CBC_SHA)).isEqualTo(ALERT);
            }
        }
    }

    @Test
    void changedCertificates_keepTheSuites() {
        X509Bundle server = authority.server("broker");
        Tls tls = Tls.of(new TlsFiles(server.getCertificatePathPEM(), server.getPrivateKeyPEM(), null), false);
        assertThat(Tls.update(tls.secure(new HttpServerOptions())).getEnabledCipherSuites())
                .contains("TLS_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
                .noneMatch(suite -> suite.startsWith("TLS_RSA_") || suite.startsWith("TLS_ECDH_"));
    }

    /** The type of the record that answers a ClientHello of TLS 1.2 with one suite. */
    private static int answer(int port, int suite) throws IOException {
        byte[] extensions = HexFormat.of()
                .parseHex("000a00040002" + "0017" // secp256r1
                        + "000b00020100" // points are not compressed
                        + "000d00060004" + "0401" + "0804"); // RSA, PKCS #1 and PSS, with SHA-256
        int body = 2 + 32 + 1 + 4 + 2 + 2 + extensions.length;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            var hello = new DataOutputStream(socket.getOutputStream());
            hello.writeByte(HANDSHAKE);
            hello.writeShort(0x0301);
            hello.writeShort(4 + body);
            hello.writeInt(1 << 24 | body); // ClientHello
            hello.writeShort(0x0303);
            hello.write(new byte[32]);
            hello.writeByte(0); // no session
            hello.writeShort(2);
            hello.writeShort(suite);
            hello.writeShort(0x0100); // no compression
            hello.writeShort(extensions.length);
            hello.write(extensions);
            hello.flush();
            return new DataInputStream(socket.getInputStream()).readUnsignedByte();
        }
    }
}
