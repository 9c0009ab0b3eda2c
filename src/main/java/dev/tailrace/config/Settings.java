package dev.tailrace.config;

import java.util.Map;

/** The values of all settings, in groups; a wrong value names its key and stops the start. */
public record Settings(
        ListenSettings listen,
        TlsSettings tls,
        HttpSettings http,
        AuthSettings auth,
        StorageSettings storage,
        IngestSettings ingest,
        RateSettings rates,
        SyslogSettings syslog,
        GelfSettings gelf,
        LineSettings lines,
        RecordSettings records,
        StreamSettings streams,
        BalenaSettings balena,
        SocketSettings sockets,
        DrainSettings drain) {

    /** A setting has an invalid value. The message names the option and the environment variable. */
    public static final class InvalidSettingException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InvalidSettingException(Setting setting, String why) {
            super("--" + setting.option() + " (" + setting.variable() + ") " + why);
        }
    }

    /** From the options given, then the environment of the process, then the defaults. */
    public static Settings read(Map<Setting, String> options) {
        return read(options, System.getenv());
    }

    /** @throws InvalidSettingException when a value is wrong */
    static Settings read(Map<Setting, String> options, Map<String, String> environment) {
        SettingReader read = new SettingReader(options, environment);
        return new Settings(
                ListenSettings.read(read),
                TlsSettings.read(read),
                HttpSettings.read(read),
                AuthSettings.read(read),
                StorageSettings.read(read),
                IngestSettings.read(read),
                RateSettings.read(read),
                SyslogSettings.read(read),
                GelfSettings.read(read),
                LineSettings.read(read),
                RecordSettings.read(read),
                StreamSettings.read(read),
                BalenaSettings.read(read),
                SocketSettings.read(read),
                DrainSettings.read(read));
    }
}
