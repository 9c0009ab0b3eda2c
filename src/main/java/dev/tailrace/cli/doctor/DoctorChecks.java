package dev.tailrace.cli.doctor;

import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.ErrorText;
import java.io.IOException;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the requests that browsers and devices make to a broker, through any proxy in front of it, and checks the
 * answers.
 */
final class DoctorChecks {

    /** A pause of either machine may delay events as well, but hardly by this much in each of several streams. */
    private static final long LATE_MILLIS = 600;

    private static final int STREAMS = 3;

    private static final long CLOCK_MILLIS = 2000;
    private static final long CLOCK_MILLIS_OF_TOKENS = 30_000;
    private static final String COOKIE = "tailrace-probe";

    private final BrokerUrl url;
    private final ProbeCalls calls;
    private final List<Finding> findings = new ArrayList<>();

    DoctorChecks(BrokerUrl url, ProbeCalls calls) {
        this.url = url;
        this.calls = calls;
    }

    /** @param idle whether to wait for as long as a stream may be silent */
    List<Finding> run(boolean idle) throws InterruptedException {
        ProbeAnswer first;
        try {
            first = calls.look();
        } catch (IOException unreachable) {
            return List.of(Finding.problem("reach", "no response: " + ErrorText.of(unreachable)));
        }
        if (!first.isOfBroker()) {
            return List.of(Finding.problem("reach", first.refusal()));
        }
        findings.add(reach(first));
        check("stream", this::streams);
        check("resume", () -> isPassed("resume", "Last-Event-ID", "7", "lastEventId"));
        check(
                "authorization",
                () -> isPassed("authorization", "Authorization", calls.authorization(), "authorization"));
        if (calls.haveToken()) {
            check("token", this::token);
        }
        check("cookies", () -> cookies(first));
        check("cache", () -> cacheAndClock(first));
        findings.add(host(first));
        findings.add(tls(first));
        check("websocket", this::webSocket);
        findings.add(connections(first));
        if (idle) {
            check("idle", () -> silence(first.seen().number("silence", 15_000)));
        }
        return List.copyOf(findings);
    }

    /** A check, which fails when no answer arrives. */
    private interface Check {
        List<Finding> find() throws IOException, InterruptedException;
    }

    private void check(String name, Check check) throws InterruptedException {
        try {
            findings.addAll(check.find());
        } catch (IOException failed) {
            findings.add(Finding.problem(name, ErrorText.of(failed)));
        }
    }

    private static Finding reach(ProbeAnswer first) {
        return Finding.ok(
                "reach",
                "Tailrace responds over " + name(first.version()) + "; the broker itself is reached over "
                        + first.seen().text("version", "?") + ", from "
                        + first.seen().text("address", "?"));
    }

    private static String name(HttpClient.Version version) {
        return version == HttpClient.Version.HTTP_2 ? "HTTP/2" : "HTTP/1.1";
    }

    // ---- streams

    private List<Finding> streams() throws IOException, InterruptedException {
        ProbeStream asBrowsers = calls.stream("gzip", null);
        if (asBrowsers.status() != 200) {
            return List.of(events(asBrowsers)); // the other checks would examine another answer
        }
        Finding encoding = Finding.of(
                "encoding",
                !asBrowsers.isEncoded(),
                "the stream is not compressed, although compression was offered",
                "the stream arrives with Content-Encoding: " + asBrowsers.header("Content-Encoding"));
        ProbeStream plain = asBrowsers.isEncoded() ? calls.stream("identity", null) : asBrowsers;
        return List.of(events(plain), encoding, cacheControl(plain));
    }

    private Finding events(ProbeStream stream) throws IOException, InterruptedException {
        String type = stream.header("Content-Type");
        String buffering = stream.header("X-Accel-Buffering");
        if (stream.status() != 200 || !type.startsWith("text/event-stream")) {
            return Finding.problem(
                    "stream", "the response has status " + stream.status() + " and Content-Type: " + type);
        }
        if (!stream.whole()) {
            return Finding.problem(
                    "stream", "the stream ended after " + stream.events().size() + " events: " + stream.failure());
        }
        if (!buffering.isEmpty() && !buffering.equalsIgnoreCase("no")) {
            return Finding.problem("stream", "the response has X-Accel-Buffering: " + buffering);
        }
        long late = stream.lateness();
        for (int more = 1; more < STREAMS && late >= LATE_MILLIS; more++) {
            ProbeStream again = calls.stream("identity", null);
            late = again.whole() ? Math.min(late, again.lateness()) : late;
        }
        return Finding.of(
                "stream",
                late < LATE_MILLIS,
                stream.events().size() + " events; their delays differ by at most " + late + " ms",
                "events come up to " + seconds(late) + " late and several at once: something buffers them"
                        + (buffering.isEmpty() ? " (and X-Accel-Buffering: no was removed)" : ""));
    }

    private static Finding cacheControl(ProbeStream stream) {
        String control = stream.header("Cache-Control");
        String plain = control.toLowerCase(Locale.ROOT);
        boolean kept = plain.contains("no-cache") && plain.contains("no-transform");
        return Finding.of(
                "cache",
                kept,
                "Cache-Control arrives unchanged",
                "Cache-Control: no-cache, no-transform of a stream arrives as "
                        + (control.isEmpty() ? "nothing" : control));
    }

    private List<Finding> silence(long millis) throws IOException, InterruptedException {
        ProbeStream stream = calls.stream("identity", Duration.ofMillis(millis));
        return List.of(Finding.of(
                "idle",
                stream.whole(),
                seconds(millis) + " of silence did not end the stream",
                "the stream was cut within " + seconds(millis) + " of silence: " + stream.failure()));
    }

    // ---- headers

    private List<Finding> isPassed(String check, String header, String value, String field)
            throws IOException, InterruptedException {
        ProbeAnswer answer = calls.look(header, value);
        if (!answer.isOfBroker()) {
            return List.of(Finding.problem(check, "with " + header + " the response differs: " + answer.refusal()));
        }
        return List.of(Finding.of(
                check,
                answer.seen().flag(field),
                header + " reaches the broker",
                header + " does not reach the broker"));
    }

    private List<Finding> token() throws IOException, InterruptedException {
        ProbeAnswer answer = calls.whoAmI();
        return List.of(
                answer.status() == 200
                        ? Finding.ok(
                                "token",
                                "the broker knows it as " + answer.seen().text("subject", "?"))
                        : Finding.problem("token", answer.refusal()));
    }

    private List<Finding> cookies(ProbeAnswer first) throws IOException, InterruptedException {
        HttpCookie cookie = cookie(first);
        if (cookie == null) {
            return List.of(Finding.problem("cookies", "a cookie that the broker sets does not arrive"));
        }
        String path = URI.create(url.base() + "/").getPath();
        if (cookie.getPath() != null && !path.startsWith(cookie.getPath())) {
            return List.of(Finding.problem(
                    "cookies",
                    "a cookie of the broker has the path " + cookie.getPath() + ", which does not match this URL"));
        }
        ProbeAnswer second = calls.look("Cookie", COOKIE + "=" + cookie.getValue());
        return List.of(Finding.of(
                "cookies",
                second.seen().flag("cookie"),
                "the cookie of the broker is returned",
                "the cookie of the broker is not returned"));
    }

    private static @Nullable HttpCookie cookie(ProbeAnswer answer) {
        return answer.headers().allValues("Set-Cookie").stream()
                .flatMap(DoctorChecks::parse)
                .filter(cookie -> cookie.getName().equals(COOKIE))
                .findFirst()
                .orElse(null);
    }

    private static Stream<HttpCookie> parse(String header) {
        try {
            return HttpCookie.parse("Set-Cookie: " + header).stream();
        } catch (IllegalArgumentException unreadable) {
            return Stream.empty();
        }
    }

    // ---- the cache, and the clock, which a cached answer cannot show

    private List<Finding> cacheAndClock(ProbeAnswer first) throws IOException, InterruptedException {
        ProbeAnswer last = calls.look();
        String id = first.seen().text("answer", "");
        boolean same = last.seen().text("answer", "").equals(id);
        if (same || !last.header("Age").isEmpty()) {
            return List.of(Finding.problem(
                    "cache", same ? "the same response came twice" : "a response has Age: " + last.header("Age")));
        }
        ProbeAnswer best = Stream.of(first, last)
                .min(Comparator.comparingLong(ProbeAnswer::roundTrip))
                .get();
        return List.of(clock(best));
    }

    private static Finding clock(ProbeAnswer answer) {
        long ahead = answer.ahead();
        long atLeast = Math.abs(ahead) - answer.roundTrip() / 2;
        String seen = "the clock of this machine is " + seconds(Math.abs(ahead)) + (ahead < 0 ? " behind" : " ahead of")
                + " the clock of the broker";
        if (atLeast >= CLOCK_MILLIS_OF_TOKENS) {
            return Finding.problem("clock", seen);
        }
        return atLeast >= CLOCK_MILLIS ? Finding.warning("clock", seen) : Finding.ok("clock", seen);
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }

    // ---- host, origin and scheme

    private Finding host(ProbeAnswer first) {
        String here = URI.create(url.origin()).getAuthority();
        String there = first.seen().text("host", "").toLowerCase(Locale.ROOT);
        String usual = there.replaceAll(url.isTls() ? ":443$" : ":80$", "");
        return Finding.of(
                "host",
                usual.equals(here),
                "the Host header is " + here,
                "the Host header is " + there + " instead of " + here);
    }

    private Finding tls(ProbeAnswer first) {
        boolean known = first.seen().flag("overTls") == url.isTls();
        String scheme = url.isTls() ? "TLS" : "no TLS";
        return Finding.of(
                "tls",
                known,
                scheme + ", as the broker assumes",
                scheme + " here, but the broker assumes "
                        + (url.isTls()
                                ? "no TLS, and sets cookies that are not Secure"
                                : "TLS, and sets cookies that browsers reject"));
    }

    private List<Finding> webSocket() throws InterruptedException {
        try {
            calls.openWebSocket();
            return List.of(Finding.ok("websocket", "a WebSocket was opened and received a message"));
        } catch (IOException blocked) {
            return List.of(Finding.problem("websocket", "no WebSocket can be opened: " + ErrorText.of(blocked)));
        }
    }

    private static Finding connections(ProbeAnswer first) {
        return first.version() == HttpClient.Version.HTTP_2
                ? Finding.ok("connections", "HTTP/2: streams share a connection")
                : Finding.warning(
                        "connections", "HTTP/1.1: a browser opens at most six connections per host, over all its tabs");
    }
}
