package dev.tailrace.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Request;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the dashboard: few bytes, all of them the broker's own, and no others. */
final class TransferTest {

    private static final int MOST_BYTES = 100 * 1024;

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"));
        broker.say("kitchen", "a");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void page_loadsLittle_andNothingFromOtherHosts() {
        try (Dashboard dashboard = Dashboard.open(broker)) {
            List<Request> requests = new ArrayList<>();
            dashboard.page.onRequestFinished(requests::add);
            dashboard.page.reload();
            dashboard.go("#device=kitchen");
            dashboard.awaitState("live");
            assertThat(requests).hasSizeGreaterThan(20).allSatisfy(request -> {
                assertThat(URI.create(request.url()).getPort()).isEqualTo(broker.port());
                assertThat(request.response().status()).isIn(200, 304);
            });
        }
        long bytes = get("/", "gzip").body().length;
        for (String name : files()) {
            HttpResponse<byte[]> file = get("/web/" + name, "gzip");
            assertThat(file.statusCode()).as(name).isEqualTo(200);
            bytes += file.body().length;
        }
        System.out.println("the dashboard is " + bytes + " bytes, compressed");
        assertThat(bytes).isLessThanOrEqualTo(MOST_BYTES);
    }

    /** All of them are served. */
    private static List<String> files() {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/web"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".html"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpResponse<byte[]> get(String path, String encoding, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(broker.uri(path)).header("Accept-Encoding", encoding);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return broker.http.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/,text/html; charset=utf-8",
        "/web/main.js,text/javascript; charset=utf-8",
        "/web/style.css,text/css; charset=utf-8",
        "/web/icon.svg,image/svg+xml"
    })
    void file_isUnchanged_compressedOrNot_andCachedByBrowsers(String path, String type) throws IOException {
        HttpResponse<byte[]> plain = get(path, "identity, gzip;q=0");
        assertThat(plain.statusCode()).isEqualTo(200);
        assertThat(plain.headers().firstValue("Content-Type")).hasValue(type);
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(plain.headers().firstValue("Cache-Control")).hasValue("no-cache");
        assertThat(plain.headers().firstValue("Vary")).hasValue("accept-encoding");
        assertThat(plain.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");

        HttpResponse<byte[]> squeezed = get(path, "br, gzip;q=1.0");
        assertThat(squeezed.headers().firstValue("Content-Encoding")).hasValue("gzip");
        try (var in = new GZIPInputStream(new ByteArrayInputStream(squeezed.body()))) {
            assertThat(in.readAllBytes()).isEqualTo(plain.body());
        }

        String tag = plain.headers().firstValue("ETag").orElseThrow();
        HttpResponse<byte[]> again = get(path, "gzip", "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(get(path, "gzip", "If-None-Match", "W/\"other\"").statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/web/",
                "/web/nothing.js",
                "/web/index.html",
                "/web/..%2fopenapi.yaml",
                "/web/%2e%2e/openapi.yaml",
                "/web/..%5copenapi.yaml",
                "/web/main.js%00",
                "/web/Main.js",
                "/live.js"
            })
    void unlistedFile_isNotFound(String path) {
        assertThat(get(path, "identity").statusCode()).as(path).isIn(400, 404);
    }
}
