package dev.tailrace.config;

import java.util.Map;

/** The environment of this process, for the commands that do not start a broker. */
public final class Environment {

    private Environment() {}

    public static Map<String, String> ofProcess() {
        return System.getenv();
    }
}
