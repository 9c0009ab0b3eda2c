package dev.tailrace.cli;

/** Stands in until the commands are here. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.out.println("tailrace");
    }
}
