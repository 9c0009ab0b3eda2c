package dev.tailrace.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.WatchRecorder;
import dev.tailrace.storage.redis.link.RedisRefusedException;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.Require;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisTlsTest {

    @TempDir
    private static Path keys;

    private static RedisProcess redis;
    private static int port;

    private final DeviceId device = new DeviceId("pump-7");

    @BeforeAll
    static void startRedis() throws Exception {
        Require.program("openssl");
        openssl(List.of(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=test",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem"));
        port = Ports.free();
        redis = RedisProcess.start(
                "--tls-port", Integer.toString(port),
                "--tls-auth-clients", "no",
                "--tls-cert-file", keys.resolve("cert.pem").toString(),
                "--tls-key-file", keys.resolve("key.pem").toString(),
                "--tls-ca-cert-file", keys.resolve("cert.pem").toString());
    }

    private static void openssl(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(keys.toFile())
                .redirectErrorStream(true)
                .redirectOutput(keys.resolve("openssl.log").toFile())
                .start();
        assertThat(process.waitFor()).isZero();
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @Test
    void trustedCertificate_storesAndReceives() {
        TestStores broker = RedisTestStores.open("rediss://127.0.0.1:" + port + "?ca=" + keys.resolve("cert.pem"));
        try {
            WatchRecorder heard = broker.watch(device);
            heard.awaitReady();
            heard.awaitHead(broker.append(device, "a").epoch(), 1);
        } finally {
            broker.close();
        }
    }

    @Test
    void unknownCertificate_failsTheStart() {
        assertThatThrownBy(() -> RedisTestStores.open("rediss://127.0.0.1:" + port))
                .isInstanceOf(RedisRefusedException.class)
                .hasMessageContaining("TLS");
    }

    @Test
    void certificateOfAnotherHost_failsTheStart() {
        assertThatThrownBy(() -> RedisTestStores.open("rediss://localhost:" + port + "?ca=" + keys.resolve("cert.pem")))
                .isInstanceOf(RedisRefusedException.class);
    }

    @Test
    void unknownCertificateNotVerified_isAccepted() {
        RedisTestStores.open("rediss://127.0.0.1:" + port + "?verify=false").close();
    }
}
