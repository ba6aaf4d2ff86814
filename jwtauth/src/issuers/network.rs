use std::io;
use std::net::SocketAddr;

use rocket::futures::future::BoxFuture;
use rocket::tokio::io::{AsyncRead, AsyncWrite};
use rocket::tokio::net::{self, TcpStream};

/// Finds hosts and connects to them. Tests have one of their own, so that they see every attempt.
pub(super) trait Network: Send + Sync {
    /// The addresses of a host.
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;

    /// Connects to an address. This is the only way to a server: whoever calls it has judged the address.
    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Connection>>;
}

/// A connection to a server.
pub(super) type Connection = Box<dyn Stream>;

/// What goes in and out of a connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The network of the system.
pub(super) struct System;

impl Network for System {
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(net::lookup_host((host, port)).await?.collect()) })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Connection>> {
        Box::pin(async move { Ok(Box::new(TcpStream::connect(address).await?) as Connection) })
    }
}
