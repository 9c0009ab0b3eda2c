package dev.tailrace.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Console;
import dev.tailrace.client.Http;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.Query;
import dev.tailrace.client.UsageException;
import dev.tailrace.client.Version;
import dev.tailrace.config.Durations;
import dev.tailrace.model.DeviceId;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code tailrace token}: creates, lists, rotates and revokes credentials of devices and people. A new credential is
 * the only text on standard output, so that a script can read it.
 */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Creates, lists, replaces and revokes keys and tokens.",
            "All commands except jwt and secret call the broker and need an administrator's token."
        })
final class Token implements Runnable {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final int SECRET_BYTES = 32;

    /** An unknown end. */
    private static final long NEVER = Long.MAX_VALUE;

    private final Console console;

    @Spec
    private @Nullable CommandSpec spec;

    Token(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "Missing command");
        }
    }

    /** The owner of a key: a device, or people and programs. */
    private static String path(@Nullable DeviceId device) {
        return device == null ? "/api/v1/keys" : "/api/v1/devices/" + device + "/keys";
    }

    private static String json(Writing fields) throws IOException {
        var text = new StringWriter();
        try (JsonGenerator json = JsonFields.JSON.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        }
        return text.toString();
    }

    /** Writes the fields of an object. */
    private interface Writing {
        void write(JsonGenerator json) throws IOException;
    }

    private static Duration duration(String option, String text) {
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(option + ": " + wrong.getMessage());
        }
    }

    private void printMade(String answer) throws IOException {
        JsonFields made = JsonFields.read(answer);
        if (!made.has("token")) {
            throw new IOException("the response of the broker has no token");
        }
        console.out().println(made.text("token", ""));
        console.report("created key " + made.text("id", "") + "; the token is shown only once");
    }

    @Command(name = "key", description = "Creates a key: for a device to write, or with the given grants.")
    int key(
            @Mixin BrokerUrl.Choice broker,
            @Mixin Bearer.Choice token,
            @Option(
                            names = "--device",
                            paramLabel = "ID",
                            description = "device that the key belongs to; if absent, it belongs to no device")
                    @Nullable
                    DeviceId device,
            @Option(names = "--name", paramLabel = "NAME", description = "description of the key") @Nullable
                    String name,
            @Option(names = "--grant", paramLabel = "GRANT", description = GRANT) @Nullable List<String> grants,
            @Option(
                            names = "--expires",
                            paramLabel = "TIME",
                            description = "lifetime, such as 30d (default: unlimited)")
                    @Nullable
                    String expires)
            throws IOException, InterruptedException {
        if (device == null && grants == null) {
            throw new UsageException("give --device, --grant or both");
        }
        Long seconds = expires == null ? null : duration("--expires", expires).toSeconds();
        String asked = json(fields -> {
            if (name != null) {
                fields.writeStringField("name", name);
            }
            if (grants != null) {
                writeGrants(fields, "grants", grants);
            }
            if (seconds != null) {
                fields.writeNumberField("expiresIn", seconds);
            }
        });
        printMade(new Http(token.read(console), broker.client())
                .call("POST", broker.url.http(path(device), new Query()), asked, LIMIT));
        return CommandLine.ExitCode.OK;
    }

    private static final String GRANT =
            "permission of the key: PERMISSION@*, PERMISSION@fleet/NAME or PERMISSION@device/NAME, with logs:read, logs:write,"
                    + " logs:clear or admin (repeatable)";

    private static void writeGrants(JsonGenerator json, String name, List<String> grants) throws IOException {
        json.writeArrayFieldStart(name);
        for (String grant : grants) {
            json.writeString(grant);
        }
        json.writeEndArray();
    }

    @Command(name = "keys", description = "Lists keys, without their secrets, as JSON.")
    int keys(
            @Mixin BrokerUrl.Choice broker,
            @Mixin Bearer.Choice token,
            @Option(
                            names = "--device",
                            paramLabel = "ID",
                            description = "device whose keys are listed; if absent, the keys of people and programs")
                    @Nullable
                    DeviceId device)
            throws IOException, InterruptedException {
        console.out()
                .println(new Http(token.read(console), broker.client())
                        .call("GET", broker.url.http(path(device), new Query()), "", LIMIT));
        return CommandLine.ExitCode.OK;
    }

    @Command(
            name = "rotate",
            description = "Replaces a key: creates one with the same grants, and the old one stays valid for a while.")
    int rotate(
            @Mixin BrokerUrl.Choice broker,
            @Mixin Bearer.Choice token,
            @Option(
                            names = "--device",
                            paramLabel = "ID",
                            description = "device that the key belongs to; if absent, it belongs to no device")
                    @Nullable
                    DeviceId device,
            @Option(
                            names = "--grace",
                            paramLabel = "TIME",
                            description = "how long the old key stays valid, such as 1h or 0s (default: 1h)")
                    @Nullable
                    String grace,
            @Parameters(paramLabel = "KEY", description = "id of the key") String id)
            throws IOException, InterruptedException {
        Long seconds = grace == null ? null : duration("--grace", grace).toSeconds();
        String asked = json(fields -> {
            if (seconds != null) {
                fields.writeNumberField("grace", seconds);
            }
        });
        URI address = broker.url.http(path(device) + "/" + Query.encode(id) + "/rotate", new Query());
        printMade(new Http(token.read(console), broker.client()).call("POST", address, asked, LIMIT));
        return CommandLine.ExitCode.OK;
    }

    @Command(
            name = "revoke",
            description = {
                "Revokes a credential on all brokers, and closes the connections that use it within seconds.",
                "A revocation is kept until the credential would have expired, as given by --jwt-file or --expires; without"
                        + " these it is kept for ever."
            })
    int revoke(
            @Mixin BrokerUrl.Choice broker,
            @Mixin Bearer.Choice token,
            @Option(
                            names = "--device",
                            paramLabel = "ID",
                            description = "device that the key belongs to; if absent, it belongs to no device")
                    @Nullable
                    DeviceId device,
            @Option(
                            names = "--jwt-file",
                            paramLabel = "FILE",
                            description =
                                    "file with the JSON Web Token to revoke, by its jti and until its exp; instead of"
                                            + " CREDENTIAL")
                    @Nullable
                    Path file,
            @Option(
                            names = "--expires",
                            paramLabel = "TIME",
                            description =
                                    "time until the credential expires, such as 12h; not for a key, whose expiry the"
                                            + " broker knows")
                    @Nullable
                    String expires,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "CREDENTIAL",
                            description = "id of a key, or jti:ID, sub:SUBJECT, cert:FINGERPRINT," + " login:ID")
                    @Nullable
                    String credential)
            throws IOException, InterruptedException {
        if ((credential == null) == (file == null)) {
            throw new UsageException("give one CREDENTIAL, or the token to revoke with --jwt-file");
        }
        if (expires != null && (credential == null || isKey(credential))) {
            throw new UsageException("--expires cannot be given for a credential whose expiry is known");
        }
        var http = new Http(token.read(console), broker.client());
        if (credential != null && isKey(credential)) {
            http.call("DELETE", broker.url.http(path(device) + "/" + Query.encode(credential), new Query()), "", LIMIT);
        } else {
            String asked = credential == null
                    ? revocation(Objects.requireNonNull(file))
                    : revocation(credential, end(expires));
            http.call("POST", broker.url.http("/api/v1/revocations", new Query()), asked, LIMIT);
        }
        return CommandLine.ExitCode.OK;
    }

    private static boolean isKey(String credential) {
        return credential.indexOf(':') < 0;
    }

    private static long end(@Nullable String expires) {
        return expires == null
                ? NEVER
                : System.currentTimeMillis() + duration("--expires", expires).toMillis();
    }

    /** @param end when the credential ends by itself, in epoch milliseconds; {@link #NEVER} when that is not known */
    private static String revocation(String credential, long end) throws IOException {
        return json(fields -> {
            fields.writeStringField("credential", credential);
            if (end != NEVER) {
                fields.writeNumberField("expiresAt", end);
            }
        });
    }

    private static String revocation(Path file) throws IOException {
        JsonFields claims = WebToken.claims(Bearer.firstLine(file));
        if (!claims.has("jti")) {
            throw new UsageException(
                    "the token in " + file + " has no jti; sub:SUBJECT revokes all tokens of its subject");
        }
        long seconds = claims.number("exp", 0);
        boolean known = seconds > 0 && seconds < NEVER / 1000;
        return revocation("jti:" + claims.text("jti", ""), known ? seconds * 1000 : NEVER);
    }

    @Command(
            name = "jwt",
            description = {
                "Creates a JSON Web Token (HS256) locally, without the broker.",
                "The signing secret comes from TAILRACE_AUTH_JWT_SECRET in the environment, or from a file."
            })
    int jwt(
            @Option(names = "--grant", required = true, paramLabel = "GRANT", description = GRANT) List<String> grants,
            @Option(
                            names = "--subject",
                            required = true,
                            paramLabel = "NAME",
                            description = "subject of the token (sub)")
                    String subject,
            @Option(
                            names = "--expires",
                            paramLabel = "TIME",
                            defaultValue = "12h",
                            description = "lifetime (default: ${DEFAULT-VALUE})")
                    String expires,
            @Option(names = "--issuer", paramLabel = "NAME", description = "issuer of the token (iss)") @Nullable
                    String issuer,
            @Option(names = "--audience", paramLabel = "NAME", description = "audience of the token (aud)") @Nullable
                    String audience,
            @Option(
                            names = "--claim",
                            paramLabel = "NAME",
                            defaultValue = "tailrace",
                            description = "claim that lists the grants, as --auth-jwt-claim of the broker (default:"
                                    + " ${DEFAULT-VALUE})")
                    String claim,
            @Option(names = "--secret-file", paramLabel = "FILE", description = "file with the secret") @Nullable
                    Path file)
            throws IOException {
        String secret = file == null ? console.environment().get(WebToken.SECRET) : Bearer.firstLine(file);
        if (secret == null || secret.isBlank()) {
            throw new UsageException("set " + WebToken.SECRET
                    + " to the broker's secret, or give --secret-file; `tailrace token secret` creates one");
        }
        Instant now = Instant.now();
        Instant end = now.plus(duration("--expires", expires));
        String claims = json(fields -> {
            fields.writeStringField("sub", subject);
            fields.writeStringField("jti", random(16));
            fields.writeNumberField("iat", now.getEpochSecond());
            fields.writeNumberField("exp", end.getEpochSecond());
            if (issuer != null) {
                fields.writeStringField("iss", issuer);
            }
            if (audience != null) {
                fields.writeStringField("aud", audience);
            }
            writeGrants(fields, claim, grants);
        });
        console.out().println(WebToken.signed(claims, secret.trim()));
        return CommandLine.ExitCode.OK;
    }

    @Command(name = "secret", description = "Prints a new random secret, for settings such as --auth-admin-token.")
    int secret() {
        console.out().println(random(SECRET_BYTES));
        return CommandLine.ExitCode.OK;
    }

    private static String random(int count) {
        byte[] bytes = new byte[count];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
