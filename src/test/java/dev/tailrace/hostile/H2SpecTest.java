package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** h2spec, which tries what RFC 9113 and RFC 7541 forbid, against the broker's port (HTTP/2 with prior knowledge). */
@Tag("long")
final class H2SpecTest {

    /** The cases that fail, by section and name, and why they do no harm. */
    private static final Map<String, String> EXPLAINED = Map.of(
            "http2/5.1 half closed (remote): Sends a HEADERS frame",
            "the request is answered and its stream closed by then, so that it is the next case",
            "http2/5.1 closed: Sends a HEADERS frame",
            "the stream is refused (RST_STREAM) and not the whole connection; nothing is served on it",
            "http2/5.1.1 Sends stream identifier that is numerically smaller than previous",
            "an identifier that was passed over counts as one of a closed stream: it is ignored, and nothing is served on it");

    @Test
    void h2spec_findsNothingThatIsNotExplained() throws Exception {
        Path directory = HostileTools.directory("h2spec");
        Path program = program(directory);
        Path report = directory.resolve("report.xml");
        Files.deleteIfExists(report);
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.HTTP2_CLEARTEXT, "true"))) {
            HostileTools.run(
                    directory,
                    240,
                    List.of(
                            program.toString(),
                            "-h",
                            "127.0.0.1",
                            "-p",
                            String.valueOf(broker.port()),
                            "-o",
                            "3",
                            "-j",
                            report.toString()));
            broker.say("after", "well");
            assertThat(broker.messages("after")).containsExactly("well");
        }
        assertThat(report).as(HostileTools.output(directory)).exists();
        Set<String> failures = new TreeSet<>();
        int cases = read(report, failures);
        assertThat(cases).as("cases that ran").isGreaterThan(140);
        assertThat(EXPLAINED.keySet()).containsAll(failures);
    }

    private static int read(Path report, Set<String> failures) throws Exception {
        NodeList cases = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(report.toFile())
                .getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            Element one = (Element) cases.item(i);
            if (one.getElementsByTagName("failure").getLength() > 0
                    || one.getElementsByTagName("error").getLength() > 0) {
                failures.add(one.getAttribute("package") + " " + one.getAttribute("classname"));
            }
        }
        return cases.getLength();
    }

    private static Path program(Path directory) throws Exception {
        Require.that(
                "Linux".equals(System.getProperty("os.name")) && "amd64".equals(System.getProperty("os.arch")),
                "needs Linux on amd64, which h2spec is built for");
        Path archive = directory.resolve("h2spec.tar.gz");
        try (JarFile jar = new JarFile(HostileTools.jar("h2spec.jar").toFile());
                InputStream in = jar.getInputStream(jar.getEntry("h2spec/2.2.0/h2spec_linux_amd64.tar.gz"))) {
            Files.copy(in, archive, StandardCopyOption.REPLACE_EXISTING);
        }
        HostileTools.run(directory, 30, List.of("tar", "xzf", archive.toString()));
        return directory.resolve("h2spec");
    }
}
