use std::path::PathBuf;

use tokio_postgres_rustls::MakeRustlsConnect;

use crate::session::stores::fault::StoreFault;
use crate::tls::client_config;

/// How the server shows that it is the one that is meant.
pub(super) enum Tls {
    /// Not at all.
    Off,
    /// With a certificate for its name, from an authority that this file names, or the system.
    Verified { roots: Option<PathBuf> },
}

impl Tls {
    /// What connects by TLS, if that is how to.
    pub(super) fn connector(&self) -> Result<Option<MakeRustlsConnect>, StoreFault> {
        let Tls::Verified { roots } = self else {
            return Ok(None);
        };
        let mut config = client_config(roots.as_deref().map(|path| ("sslrootcert", path)), None)?;
        // What PostgreSQL 17 asks for where TLS begins at once (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Some(MakeRustlsConnect::new(config)))
    }
}
