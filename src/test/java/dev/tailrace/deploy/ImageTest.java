package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.Zstd;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image, without Docker: its configuration, its files, and a broker that starts from its very layers. */
final class ImageTest {

    private static final String HOME = "/opt/tailrace";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A zstd frame of the line {@code pressed}, which wants the native code. */
    private static final byte[] PRESSED = Zstd.compress("pressed\n".getBytes(StandardCharsets.UTF_8));

    @TempDir
    private static Path folder;

    private static ImageTar image;

    @BeforeAll
    static void unpack() throws IOException {
        image = ImageTar.unpack(folder);
    }

    @Test
    void configuration_isThatOfABroker_andNotOfRoot() {
        assertThat(image.configuration().getString("User")).isEqualTo("65532:65532");
        assertThat(image.entrypoint())
                .containsExactly(HOME + "/jre/bin/java", "@" + HOME + "/jvm.options", "-jar", HOME + "/tailrace.jar");
        assertThat(image.command()).containsExactly("serve");
        assertThat(image.configuration().getJsonObject("ExposedPorts").fieldNames())
                .containsExactlyInAnyOrder("8080/tcp", "9090/tcp");
        assertThat(image.configuration().getJsonArray("Env").getList()).contains("TAILRACE_HOST=0.0.0.0");
    }

    @Test
    void files_areThoseThatAreNamed_readableByAll_andNothingElse() throws IOException {
        String options = Files.readString(image.file(HOME + "/jvm.options"));
        assertThat(options).contains(Files.readString(Path.of("src/main/jvm/options")));
        Stream.of(options.split("\n"))
                .filter(line -> line.contains("=" + HOME))
                .map(line -> line.substring(line.indexOf('=') + 1))
                .forEach(file -> assertThat(image.file(file)).isRegularFile());
        assertThat(options).contains("-DZstdNativePath=" + HOME + "/").containsPattern("(AOTCache|SharedArchiveFile)=");
        assertThat(image.file(HOME + "/jre/bin/java")).isExecutable();
        try (Stream<Path> all = Files.walk(image.root())) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                assertThat(Files.getPosixFilePermissions(file).toString())
                        .contains("OTHERS_READ")
                        .doesNotContain("OTHERS_WRITE");
            }
        }
        try (Stream<Path> top = Files.list(image.file("/opt"))) {
            assertThat(top).containsExactly(image.file(HOME));
        }
        assertThat(image.file("/app")).doesNotExist();
    }

    /**
     * The image runs as in Kubernetes and compose: with a read-only root, without rights, and with a /tmp from which nothing can be
     * executed.
     */
    @Test
    void layers_startABroker_onAReadOnlyRoot_asNobody_fromTheArchive() throws Exception {
        Require.that(
                Command.run(folder, "unshare", "--mount", "true").exit() == 0,
                "needs the right to make a mount namespace (root, CAP_SYS_ADMIN)");
        List<String> line = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                folder.resolve("enter").toString()));
        Files.writeString(folder.resolve("enter"), """
                set -e
                root=%s
                mkdir -p $root/proc $root/tmp $root/dev $root/lib $root/lib64 $root/usr/lib $root/etc
                mount --bind $root $root
                for folder in lib lib64 usr/lib; do
                  [ ! -d /$folder ] || { mount --bind /$folder $root/$folder; mount -o remount,bind,ro $root/$folder; }
                done
                mount -t proc proc $root/proc
                mount --bind /dev $root/dev
                mount -o remount,bind,ro $root
                mount -t tmpfs -o noexec,mode=1777 tmpfs $root/tmp
                exec chroot --userspec=%s $root "$@"
                """.formatted(
                        image.root(), image.configuration().getString("User")));
        line.addAll(image.entrypoint());
        // So that an archive that does not fit ends the start, where otherwise it only costs time.
        List<String> strict = List.of("env", "JDK_JAVA_OPTIONS=" + archiveOrNothing());
        int port = Ports.free();
        int management = Ports.free();
        List<String> broker = new ArrayList<>(strict);
        broker.addAll(line);
        broker.addAll(image.command());
        broker.addAll(List.of("--insecure", "--host", "127.0.0.1"));
        broker.addAll(List.of("--port", "" + port, "--management-port", "" + management));
        Path log = folder.resolve("broker.log");
        Process process = Processes.start(broker, folder, log);
        try {
            await("ready")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(status("http://127.0.0.1:" + management + "/health/ready"))
                            .as(read(log))
                            .isEqualTo(200));
            HttpResponse<String> stored = http().send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/devices/a/logs"))
                                    .header("Content-Type", "text/plain")
                                    .header("Content-Encoding", "zstd")
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(PRESSED))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(new JsonObject(stored.body()).getInteger("stored"))
                    .as(read(log))
                    .isEqualTo(1);
            assertThat(status("http://127.0.0.1:" + port + "/")).isEqualTo(200);

            List<String> health = new ArrayList<>(List.of("env", "TAILRACE_MANAGEMENT_PORT=" + management));
            health.addAll(line);
            health.add("health");
            Command healthy = Command.run(folder, health);
            assertThat(healthy.exit()).as(healthy.output()).isZero();
        } finally {
            process.destroy();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
        assertThat(read(log)).contains("Draining").doesNotContain("[warning]");
        assertThat(process.exitValue()).isEqualTo(143);
    }

    private String archiveOrNothing() throws IOException {
        return Files.readString(image.file(HOME + "/jvm.options")).contains("AOTCache")
                ? "-XX:AOTMode=on"
                : "-Xshare:on";
    }

    private static HttpClient http() {
        return HttpClient.newHttpClient();
    }

    private static int status(String address) throws InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return http().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException notYet) {
            return 0;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException none) {
            return "";
        }
    }
}
