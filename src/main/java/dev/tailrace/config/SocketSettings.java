package dev.tailrace.config;

/** Event loops, and the buffers of their sockets. */
public record SocketSettings(int eventLoops, int receiveBuffer, int sendBuffer) {

    static SocketSettings read(SettingReader read) {
        int loops = read.integer(Setting.EVENT_LOOPS, 0, 1024);
        return new SocketSettings(
                loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
                (int) read.bytes(Setting.SOCKET_RECEIVE_BUFFER, 1024, 1 << 28),
                (int) read.bytes(Setting.SOCKET_SEND_BUFFER, 1024, 1 << 28));
    }
}
