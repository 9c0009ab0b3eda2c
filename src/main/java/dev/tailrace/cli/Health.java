package dev.tailrace.cli;

import dev.tailrace.client.Authorities;
import dev.tailrace.client.Console;
import dev.tailrace.client.SafeText;
import dev.tailrace.client.Version;
import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/**
 * {@code tailrace health}: checks the readiness of the broker with the same environment; for containers, which have no
 * curl.
 */
@Command(
        name = "health",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Checks that the local broker is ready (address: TAILRACE_MANAGEMENT_HOST and TAILRACE_MANAGEMENT_PORT).")
final class Health implements Callable<Integer> {

    private static final Duration LIMIT = Duration.ofSeconds(3);

    private final Console console;
    private final Map<Setting, String> given;

    @Option(names = "--live", description = "check only that the broker runs, ready or not")
    private boolean live;

    Health(Console console) {
        this(console, Map.of());
    }

    /** @param given settings that take precedence over those of the environment */
    Health(Console console, Map<Setting, String> given) {
        this.console = console;
        this.given = given;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = Settings.read(given);
        HttpRequest request =
                HttpRequest.newBuilder(address(settings)).timeout(LIMIT).build();
        HttpResponse<String> answer = client(settings).send(request, HttpResponse.BodyHandlers.ofString());
        console.out().println(SafeText.plain(answer.body()));
        return answer.statusCode() == 200 ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private URI address(Settings settings) throws IOException {
        InetAddress host = InetAddress.getByName(settings.listen().managementHost());
        String reached = (host.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : host).getHostAddress();
        return URI.create((settings.tls().management() ? "https://" : "http://")
                + (reached.contains(":") ? "[" + reached + "]" : reached) + ":"
                + settings.listen().managementPort()
                + (live ? "/health/live" : "/health/ready"));
    }

    private static HttpClient client(Settings settings) throws IOException {
        HttpClient.Builder client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT);
        if (settings.tls().management() && settings.tls().cert() != null) {
            client.sslContext(Authorities.trustOnly(Path.of(settings.tls().cert())));
        }
        return client.build();
    }
}
