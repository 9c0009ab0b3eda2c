package dev.tailrace.server;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Refuses to start a broker without credentials on other addresses than loopback. */
final class ListenPolicy {

    private ListenPolicy() {}

    /** @throws IllegalStateException with a message for the operator */
    static void requireSafe(Settings settings) {
        if (settings.auth().asksForCredentials()
                && hasOpenSyslog(settings)
                && !settings.syslog().insecure()
                && !isLoopback(settings.listen().host())) {
            throw new IllegalStateException("syslog has no authentication, but the other inputs require it: keep --"
                    + Setting.HOST.option() + " 127.0.0.1, leave --" + Setting.SYSLOG_PORT.option() + " and --"
                    + Setting.SYSLOG_TLS_PORT.option() + " out, require certificates of clients (--"
                    + Setting.TLS_CLIENT_AUTH.option() + " required) for the latter, or add --"
                    + Setting.SYSLOG_INSECURE.option()
                    + " to let anyone who can reach its port write for any device");
        }
        if (settings.auth().asksForCredentials()
                && settings.gelf().port() != null
                && !settings.gelf().insecure()
                && !isLoopback(settings.listen().host())) {
            throw new IllegalStateException(
                    "GELF over TCP and UDP has no authentication, but the other inputs require it:"
                            + " keep --" + Setting.HOST.option() + " 127.0.0.1, leave --" + Setting.GELF_PORT.option()
                            + " out, or add --" + Setting.GELF_INSECURE.option()
                            + " to let anyone who can reach its port write for any device");
        }
        if (!settings.auth().insecure()
                && !settings.auth().asksForCredentials()
                && !(isLoopback(settings.listen().host())
                        && isLoopback(settings.listen().managementHost()))) {
            throw new IllegalStateException(
                    "no credentials are configured, so the broker listens on loopback only: keep --"
                            + Setting.HOST.option() + " 127.0.0.1, set credentials such as --"
                            + Setting.AUTH_ADMIN_TOKEN.option() + ", or add --" + Setting.INSECURE.option()
                            + " to let anyone who can reach it read and write");
        }
    }

    /** Whether syslog is taken from senders without a certificate. */
    private static boolean hasOpenSyslog(Settings settings) {
        boolean hasCertificates =
                settings.tls().clientCa() != null && settings.tls().clientRequired();
        return settings.syslog().port() != null || (settings.syslog().tlsPort() != null && !hasCertificates);
    }

    /** Whether only this machine reaches an address. */
    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            throw new IllegalStateException(
                    "--" + Setting.HOST.option() + " (" + Setting.HOST.variable() + "): no such address: " + host,
                    unknown);
        }
    }
}
