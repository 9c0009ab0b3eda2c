package dev.tailrace.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Starts processes that do not outlive this JVM.
 *
 * <p>They are killed when the JVM exits. Where {@code setpriv} exists the kernel also kills them when the JVM is killed. Linux ties
 * that to the thread that started the process and not to its JVM, so one thread, which never ends, starts them all.
 */
public final class Processes {
    private static final ExecutorService starter = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "process-starter");
        thread.setDaemon(true);
        return thread;
    });
    private static final Set<Process> running = ConcurrentHashMap.newKeySet();
    private static final Optional<Path> setpriv = find("setpriv");

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> running.forEach(Process::destroyForcibly), "process-killer"));
    }

    private Processes() {}

    /** Starts a command in a directory, with what it prints appended to a file. */
    public static Process start(List<String> command, Path directory, Path output) {
        List<String> line = new ArrayList<>();
        setpriv.ifPresent(path -> line.addAll(List.of(path.toString(), "--pdeathsig", "KILL")));
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        Process process = onStarter(builder);
        running.removeIf(ended -> !ended.isAlive());
        running.add(process);
        return process;
    }

    /** Sends a signal, by a name such as {@code STOP}. */
    public static void signal(Process process, String name) {
        // The shell's own kill: not every system has it as a program.
        run("sh", "-c", "kill -" + name + " " + process.pid());
    }

    /** Lets a process write no byte to a file any more (Linux), or as many as it likes. */
    public static void limitFiles(Process process, boolean full) {
        run("prlimit", "--pid", "" + process.pid(), "--fsize=" + (full ? "0" : "unlimited") + ":unlimited");
    }

    private static void run(String... command) {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException("failed: " + String.join(" ", command));
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot run " + String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Finds a program on the PATH. */
    public static Optional<Path> find(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path path = Path.of(directory, program);
            if (Files.isRegularFile(path) && Files.isExecutable(path)) return Optional.of(path);
        }
        return Optional.empty();
    }

    private static Process onStarter(ProcessBuilder builder) {
        try {
            return starter.submit(builder::start).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot start " + builder.command(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
