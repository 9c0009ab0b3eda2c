package dev.tailrace.client;

import dev.tailrace.config.Durations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration from an option; a number without a unit is seconds. */
public final class DurationConverter implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String value) {
        String text = value.matches("\\d+") ? value + "s" : value;
        if (!Durations.matches(text)) {
            throw new TypeConversionException("must be a duration such as 500ms, 10s, 5m or 2h, not " + value);
        }
        return Durations.parse(text);
    }
}
