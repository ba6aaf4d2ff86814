use std::io;
use std::net::SocketAddr;

use rocket::futures::future::BoxFuture;
use rocket::tokio::io::{AsyncRead, AsyncWrite};
use rocket::tokio::net::{self, TcpStream};

/// Resolves host names and connects to addresses. Tests replace it to see every attempt.
pub(super) trait Network: Send + Sync {
    /// The addresses of a host.
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;

    /// Connects to an address, which the caller must have checked. All connections are made here.
    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Connection>>;
}

/// A connection to a server.
pub(super) type Connection = Box<dyn Stream>;

/// The byte stream of a connection.
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
