use std::path::PathBuf;

use tokio_postgres_rustls::MakeRustlsConnect;

use crate::session::stores::fault::StoreFault;
use crate::tls::client_config;

/// How the server proves its identity.
pub(super) enum Tls {
    /// The server does not prove its identity. There is no TLS.
    Off,
    /// With a certificate for its name, from an authority in this file or in the system's store.
    Verified { roots: Option<PathBuf> },
}

impl Tls {
    /// The TLS connector, if TLS is used.
    pub(super) fn connector(&self) -> Result<Option<MakeRustlsConnect>, StoreFault> {
        let Tls::Verified { roots } = self else {
            return Ok(None);
        };
        let mut config = client_config(roots.as_deref().map(|path| ("sslrootcert", path)), None)?;
        // PostgreSQL 17 requires this if TLS starts at once (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Some(MakeRustlsConnect::new(config)))
    }
}
