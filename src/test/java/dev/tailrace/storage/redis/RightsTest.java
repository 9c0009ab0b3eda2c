package dev.tailrace.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.storage.redis.link.Rights;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rights that the broker checks, those that it uses, and those that operators are asked to grant are the same. */
final class RightsTest {

    private static final Path SCRIPTS = Path.of("src/main/resources/dev/tailrace/storage/redis");
    private static final Path SOURCES = Path.of("src/main/java/dev/tailrace/storage/redis");
    private static final Pattern IN_SCRIPTS = Pattern.compile("\\bp?call\\('([A-Z]+)'");
    private static final Pattern IN_SOURCES = Pattern.compile("\\bCommand\\.([A-Z]+)\\b");
    private static final Pattern ASKED = Pattern.compile("\\{'([a-z|]+)'");

    /** The subcommands in use, of commands that have several. */
    private static final List<String> SUBCOMMANDS = List.of("script|load", "cluster|nodes", "cluster|slots");

    @Test
    void everyCommandThatIsUsed_isChecked() {
        Set<String> used = new TreeSet<>(SUBCOMMANDS);
        used.addAll(found(IN_SCRIPTS, texts(SCRIPTS)));
        used.addAll(found(IN_SOURCES, texts(SOURCES)));
        used.removeAll(Set.of("script", "cluster"));
        used.remove("sentinel"); // its users are others
        assertThat(asked()).isEqualTo(used);
    }

    @Test
    void documentedUser_mayRunExactlyThese() throws IOException {
        Set<String> allowed = new TreeSet<>();
        for (String rule : documented()) {
            if (rule.startsWith("+")) {
                allowed.add(rule.substring(1));
            }
        }
        assertThat(allowed).isEqualTo(asked());
        assertThat(documented())
                .contains("-@all", "~tailrace:*", "&tailrace:*", "resetkeys", "resetchannels")
                .noneMatch(rule -> rule.startsWith("+@"));
    }

    @Test
    void commandThatIsNotAllowed_isNamed() throws IOException {
        try (RedisProcess redis = RedisProcess.start();
                RespClient user = new RespClient("127.0.0.1", redis.port())) {
            redis.command(documented().stream()
                    .map(rule -> rule.equals(">PASSWORD") ? ">secret" : rule)
                    .toArray(String[]::new));
            user.call("AUTH", "tailrace", "secret");
            assertThat(refused(user)).isEmpty();
            for (String command : asked()) {
                if (command.equals("evalsha")) {
                    continue; // without it nothing can be checked, and that is reported then
                }
                redis.command("ACL", "SETUSER", "tailrace", "-" + command);
                assertThat(refused(user)).containsExactly(command);
                redis.command("ACL", "SETUSER", "tailrace", "+" + command);
            }
            redis.command("ACL", "SETUSER", "tailrace", "resetchannels", "&other:*");
            assertThat(refused(user)).containsExactly("spublish", "ssubscribe", "subscribe");
            redis.command("ACL", "SETUSER", "tailrace", "&tailrace:*", "resetkeys", "~tailrace:{*");
            assertThat(refused(user)).contains("getdel", "rpush").doesNotContain("xadd");
        }
    }

    @SuppressWarnings("unchecked") // names, which are texts
    private static List<String> refused(RespClient user) {
        String sha1 = Rights.SCRIPT.sha1();
        try {
            user.call("SCRIPT", "LOAD", Rights.SCRIPT.source());
        } catch (RespClient.RedisError refused) {
            // It was loaded before.
        }
        return (List<String>) user.call("EVALSHA", sha1, "0", "CLUSTER");
    }

    /** The words of the line in OPERATIONS. */
    private static List<String> documented() throws IOException {
        String operations = Files.readString(Path.of("docs/OPERATIONS.md"));
        Matcher line = Pattern.compile("^ACL SETUSER tailrace (?s:.*?)(?=^```)", Pattern.MULTILINE)
                .matcher(operations);
        assertThat(line.find()).isTrue();
        return List.of(line.group().replace("\\\n", " ").trim().split("\\s+", -1));
    }

    private static Set<String> asked() {
        return found(ASKED, Stream.of(Rights.SCRIPT.source()));
    }

    private static Set<String> found(Pattern pattern, Stream<String> texts) {
        Set<String> found = new TreeSet<>();
        texts.forEach(text -> pattern.matcher(text)
                .results()
                .forEach(one -> found.add(one.group(1).toLowerCase(Locale.ROOT))));
        return found;
    }

    private static Stream<String> texts(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList().stream().map(RightsTest::text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
