package dev.tailrace.server;

import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.spi.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * The default transport of Vert.x, with an {@link Acceptor} at every port. It extends an internal class of Vert.x, because Vert.x checks
 * for that class.
 */
final class AcceptorTransport extends NioTransport {

    private final Acceptor acceptor;

    private AcceptorTransport(Acceptor acceptor) {
        this.acceptor = acceptor;
    }

    /** The transport in the form that Vert.x takes. */
    static io.vertx.core.transport.Transport with(Acceptor acceptor) {
        Transport transport = new AcceptorTransport(acceptor);
        return new io.vertx.core.transport.Transport() {
            @Override
            public String name() {
                return "nio";
            }

            @Override
            public boolean available() {
                return true;
            }

            @Override
            public @Nullable Throwable unavailabilityCause() {
                return null;
            }

            @Override
            public Transport implementation() {
                return transport;
            }
        };
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        ChannelFactory<? extends ServerChannel> factory = super.serverChannelFactory(domainSocket);
        return () -> {
            ServerChannel server = factory.newChannel();
            server.pipeline().addLast(acceptor); // before the handler that Netty adds when it binds
            return server;
        };
    }
}
