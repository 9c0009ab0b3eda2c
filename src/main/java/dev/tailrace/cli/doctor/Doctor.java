package dev.tailrace.cli.doctor;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Console;
import dev.tailrace.client.Http;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.Version;
import java.io.IOException;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tailrace doctor}: finds problems on the network path between this machine and a broker. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Checks what a proxy does to streams, cookies and WebSockets, and whether clocks agree; advises what to change.",
            "It needs no credentials, reads no logs and takes about three seconds."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:no problem found", "1:a problem or a warning was found", "2:wrong usage"})
public final class Doctor implements Callable<Integer> {

    private final Console console;
    private final InstantSource clock;

    @Mixin
    private BrokerUrl.Choice broker = new BrokerUrl.Choice();

    @Parameters(
            paramLabel = "URL",
            arity = "0..1",
            converter = BrokerUrl.Converter.class,
            description = "the URL that browsers and devices use (default: as --url)")
    private @Nullable BrokerUrl address;

    @Mixin
    private Bearer.Choice token = new Bearer.Choice();

    @Option(
            names = "--idle",
            description =
                    "also check that a stream may be silent for as long as the broker allows; takes that much longer")
    private boolean idle;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    public Doctor(Console console) {
        this(console, InstantSource.system());
    }

    Doctor(Console console, InstantSource clock) {
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        BrokerUrl url = address == null ? broker.url : address;
        // Without TLS no browser uses HTTP/2, and the JDK would request an upgrade that browsers never request.
        HttpClient.Version version = url.isTls() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1;
        ProbeCalls calls = new ProbeCalls(url, token.read(console), Http.client(broker.authorities, version), clock);
        List<Finding> findings = new DoctorChecks(url, calls).run(idle);
        Advice advice = Advice.ofTheJar();
        if (json) {
            console.out().println(json(url, findings, advice));
        } else {
            print(url, findings, advice);
        }
        return findings.stream().allMatch(Finding::isOk) ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private void print(BrokerUrl url, List<Finding> findings, Advice advice) {
        for (Finding finding : findings) {
            String line = String.format("%-8s %-13s %s", finding.result().wire(), finding.check(), finding.seen());
            console.out().println(finding.isOk() ? line : line + ". " + advice.change(finding.check()) + ".");
        }
        boolean reached = findings.get(0).isOk();
        if (reached && !findings.stream().allMatch(Finding::isOk)) {
            console.report(
                    "Complete configurations for nginx, HAProxy and Traefik: docs/PROXIES.md, or " + url + "/doctor");
        }
    }

    private static String json(BrokerUrl url, List<Finding> findings, Advice advice) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JsonFields.JSON.createGenerator(text)) {
            out.writeStartObject();
            out.writeStringField("url", url.base());
            out.writeBooleanField("ok", findings.stream().allMatch(Finding::isOk));
            out.writeArrayFieldStart("checks");
            for (Finding finding : findings) {
                out.writeStartObject();
                out.writeStringField("check", finding.check());
                out.writeStringField("result", finding.result().wire());
                out.writeStringField("seen", finding.seen());
                if (!finding.isOk()) {
                    out.writeStringField("change", advice.change(finding.check()));
                }
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        return text.toString();
    }
}
