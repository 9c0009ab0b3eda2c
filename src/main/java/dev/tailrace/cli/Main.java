package dev.tailrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Stands in until the commands are here. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        CommandLine line = new CommandLine(CommandSpec.create().name("tailrace"));
        line.addSubcommand("serve", new Serve().spec());
        line.addSubcommand("demo", new Demo());
        System.exit(line.execute(args));
    }
}
