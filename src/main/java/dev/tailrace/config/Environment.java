package dev.tailrace.config;

import java.util.Map;

/** The environment of this process, for the commands that are no broker. */
public final class Environment {

    private Environment() {}

    public static Map<String, String> ofProcess() {
        return System.getenv();
    }
}
